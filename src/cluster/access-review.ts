import type { AccessDecision, AccessQuestion, User } from '../model/identity.ts'
import type { ApiClient } from './client/api-client.ts'
import { ApiAnswerInvalid, parseAnswer } from './client/api-error.ts'
import { member, text } from './json-value.ts'

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

/** The answer holds the user's groups again, of which the front proxy may name thousands. */
const MAX_BYTES = 4 * 2 ** 20

/** Whether a user may do something. Rejects when the review could not be had. */
export type AccessReviewer = (user: User, question: AccessQuestion, signal?: AbortSignal) => Promise<AccessDecision>

function specOf(user: User, question: AccessQuestion) {
  const { kind, ...attributes } = question
  return {
    user: user.name,
    uid: user.uid,
    groups: user.groups,
    // fromEntries defines each key as the object's own, `__proto__` too; nothing but JSON.stringify reads it.
    extra: user.extra.size === 0 ? undefined : Object.fromEntries(user.extra),
    [kind === 'resource' ? 'resourceAttributes' : 'nonResourceAttributes']: attributes,
  }
}

/**
 * Asks the apiserver by SubjectAccessReview (authorization.k8s.io/v1). Allowed only when it says so and does not say
 * denied (k8s.io/apiserver, plugin/pkg/authorizer/webhook). Errors as of ApiClient.request.
 */
export function createAccessReviewer({ client }: { readonly client: ApiClient }): AccessReviewer {
  return async (user, question, signal) => {
    const spec = specOf(user, question)
    const review = { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec }
    const { body } = await client.request({ method: 'POST', path: PATH, body: review, signal, maxBytes: MAX_BYTES })
    const status = member(parseAnswer(body, `POST ${PATH}`), 'status')
    if (typeof status !== 'object' || status === null) {
      throw new ApiAnswerInvalid(`POST ${PATH}: the answer has no status`)
    }
    const denied = member(status, 'denied') === true
    const allowed = member(status, 'allowed') === true && !denied
    return { allowed, ...(denied && { denied }), reason: text(member(status, 'reason')) ?? '' }
  }
}
