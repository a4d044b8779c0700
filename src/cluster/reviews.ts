import type { AccessDecision, AccessQuestion, User } from '../model/identity.ts'
import type { ApiClient } from './client/api-client.ts'
import { ApiAnswerInvalid, parseAnswer } from './client/api-error.ts'
import { at, member, text, texts } from './json-value.ts'

const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'

/** The answer holds the token and the user's groups again. */
const MAX_TOKEN_REVIEW_BYTES = 2 * 2 ** 20

/** Who a bearer token belongs to; `undefined` for nobody. Rejects when the review could not be had. */
export type TokenReviewer = (token: string, signal: AbortSignal) => Promise<User | undefined>

function decodeUser(value: unknown): User | undefined {
  const name = text(member(value, 'username'))
  if (name === undefined) return undefined
  const extra = member(value, 'extra')
  const entries = typeof extra === 'object' && extra !== null ? Object.entries(extra) : []
  return {
    name,
    uid: text(member(value, 'uid')),
    groups: texts(member(value, 'groups')),
    extra: new Map(entries.map(([key, values]) => [key, texts(values)])),
  }
}

/** Asks the apiserver by TokenReview (authentication.k8s.io/v1). Errors as of ApiClient.request. */
export function createTokenReviewer({ client }: { readonly client: ApiClient }): TokenReviewer {
  return async (token, signal) => {
    const review = { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token } }
    const { body } = await client.request({
      method: 'POST',
      path: TOKEN_REVIEWS,
      body: review,
      signal,
      maxBytes: MAX_TOKEN_REVIEW_BYTES,
    })
    const status = member(parseAnswer(body, `POST ${TOKEN_REVIEWS}`), 'status')
    // Exactly true, and with a name: anything else is nobody.
    return member(status, 'authenticated') === true ? decodeUser(at(status, 'user')) : undefined
  }
}

const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

/** The answer holds the user's groups again, of which the front proxy may name thousands. */
const MAX_ACCESS_REVIEW_BYTES = 4 * 2 ** 20

/** Whether a user may do something. Rejects when the review could not be had. */
export type AccessReviewer = (user: User, question: AccessQuestion, signal: AbortSignal) => Promise<AccessDecision>

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
    const { body } = await client.request({
      method: 'POST',
      path: ACCESS_REVIEWS,
      body: review,
      signal,
      maxBytes: MAX_ACCESS_REVIEW_BYTES,
    })
    const status = member(parseAnswer(body, `POST ${ACCESS_REVIEWS}`), 'status')
    if (typeof status !== 'object' || status === null) {
      throw new ApiAnswerInvalid(`POST ${ACCESS_REVIEWS}: the answer has no status`)
    }
    const denied = member(status, 'denied') === true
    const allowed = member(status, 'allowed') === true && !denied
    return { allowed, ...(denied && { denied }), reason: text(member(status, 'reason')) ?? '' }
  }
}
