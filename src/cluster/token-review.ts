import type { User } from '../model/identity.ts'
import type { ApiClient } from './client/api-client.ts'
import { parseAnswer } from './client/api-error.ts'
import { at, member, text, texts } from './json-value.ts'

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews'

/** The answer holds the token and the user's groups again. */
const MAX_BYTES = 2 * 2 ** 20

/** Who a bearer token belongs to; `undefined` for nobody. Rejects when the review could not be had. */
export type TokenReviewer = (token: string, signal?: AbortSignal) => Promise<User | undefined>

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
    const { body } = await client.request({ method: 'POST', path: PATH, body: review, signal, maxBytes: MAX_BYTES })
    const status = member(parseAnswer(body, `POST ${PATH}`), 'status')
    // Exactly true, and with a name: anything else is nobody.
    return member(status, 'authenticated') === true ? decodeUser(at(status, 'user')) : undefined
  }
}
