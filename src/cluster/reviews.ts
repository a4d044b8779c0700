import type {
  V1SubjectAccessReview,
  V1SubjectAccessReviewSpec,
  V1TokenReview,
  V1UserInfo,
} from '@kubernetes/client-node'
import type { AccessDecision, AccessQuestion, User } from '../model/identity.ts'
import { read, type Unchecked, unchecked } from './api-object.ts'
import type { ApiClient } from './client/api-client.ts'
import { ApiAnswerInvalid, parseAnswer } from './client/api-error.ts'
import { isTrue, text, texts } from './json-value.ts'

const TOKEN_REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews'

/** The answer holds the token and the user's groups again. */
const MAX_TOKEN_REVIEW_BYTES = 2 * 2 ** 20

/** The user of a bearer token; `undefined` when the token is not valid. Rejects when the apiserver gives no review. */
export type TokenReviewer = (token: string, signal: AbortSignal) => Promise<User | undefined>

function decodeUser(info: Unchecked<V1UserInfo>): User | undefined {
  const name = text(read(info, 'username'))
  if (name === undefined) return undefined
  const extra = read(info, 'extra')
  const entries = typeof extra === 'object' && extra !== null ? Object.entries(extra) : []
  return {
    name,
    uid: text(read(info, 'uid')),
    groups: texts(read(info, 'groups')),
    extra: new Map(entries.map(([key, values]) => [key, texts(values)])),
  }
}

/** Reviews tokens by TokenReview (authentication.k8s.io/v1). Errors as of ApiClient.request. */
export function createTokenReviewer({ client }: { readonly client: ApiClient }): TokenReviewer {
  return async (token, signal) => {
    const review: V1TokenReview = { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token } }
    const { body } = await client.request({
      method: 'POST',
      path: TOKEN_REVIEWS,
      body: review,
      signal,
      maxBytes: MAX_TOKEN_REVIEW_BYTES,
    })
    const reviewed = unchecked<V1TokenReview>(parseAnswer(body, `POST ${TOKEN_REVIEWS}`))
    // Exactly true, and with a name: anything else authenticates no one.
    return isTrue(read(reviewed, 'status', 'authenticated')) ? decodeUser(read(reviewed, 'status', 'user')) : undefined
  }
}

const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

/** The answer holds the user's groups again, of which the front proxy may name thousands. */
const MAX_ACCESS_REVIEW_BYTES = 4 * 2 ** 20

/** Whether a user may do something. Rejects when the apiserver gives no review. */
export type AccessReviewer = (user: User, question: AccessQuestion, signal: AbortSignal) => Promise<AccessDecision>

function specOf(user: User, question: AccessQuestion): V1SubjectAccessReviewSpec {
  const { kind, ...attributes } = question
  const extra = [...user.extra].map(([key, values]): [string, string[]] => [key, [...values]])
  return {
    user: user.name,
    ...(user.uid !== undefined && { uid: user.uid }),
    groups: [...user.groups],
    // fromEntries defines each key as the object's own, `__proto__` too; nothing but JSON.stringify reads it.
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
    [kind === 'resource' ? 'resourceAttributes' : 'nonResourceAttributes']: attributes,
  }
}

/**
 * Reviews access by SubjectAccessReview (authorization.k8s.io/v1). Allowed only when the status has `allowed` and not
 * `denied` (k8s.io/apiserver, plugin/pkg/authorizer/webhook). Errors as of ApiClient.request.
 */
export function createAccessReviewer({ client }: { readonly client: ApiClient }): AccessReviewer {
  return async (user, question, signal) => {
    const review: V1SubjectAccessReview = {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: specOf(user, question),
    }
    const { body } = await client.request({
      method: 'POST',
      path: ACCESS_REVIEWS,
      body: review,
      signal,
      maxBytes: MAX_ACCESS_REVIEW_BYTES,
    })
    const status = read(unchecked<V1SubjectAccessReview>(parseAnswer(body, `POST ${ACCESS_REVIEWS}`)), 'status')
    if (typeof status !== 'object' || status === null) {
      throw new ApiAnswerInvalid(`POST ${ACCESS_REVIEWS}: the answer has no status`)
    }
    const denied = isTrue(read(status, 'denied'))
    const allowed = isTrue(read(status, 'allowed')) && !denied
    return { allowed, ...(denied && { denied }), reason: text(read(status, 'reason')) ?? '' }
  }
}
