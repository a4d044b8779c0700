import type { TLSSocket } from 'node:tls'

/** Who sends a request, in the words of authentication.k8s.io UserInfo. */
export interface User {
  readonly name: string
  readonly uid: string | undefined
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}

/** What is asked of a resource, or of a path: the two halves of a SubjectAccessReview's spec. */
export type AccessQuestion =
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly group: string
      readonly version: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }

/** The answer of an authorizer. `reason` is what the apiserver said, if anything. */
export interface AccessDecision {
  readonly allowed: boolean
  /** An authorizer denied it; otherwise none allowed it. */
  readonly denied?: boolean
  readonly reason: string
}

/** So many reviews wait for the apiserver that one more would not be had in time: the client has to try again later. */
export class TooManyReviewsError extends Error {
  override readonly name = 'TooManyReviewsError'

  constructor() {
    super('too many reviews wait for the apiserver')
  }
}

export const ANONYMOUS: User = Object.freeze({
  name: 'system:anonymous',
  uid: undefined,
  groups: Object.freeze(['system:unauthenticated']),
  extra: new Map(),
})

/** The credentials of a request: its headers, and what its connection proves. */
export interface RequestCredentials {
  /** Header names and values alternating, as they came (node's `rawHeaders`): group headers repeat. */
  readonly rawHeaders: readonly string[]
  /** The connection it came over, the key under which what it proved is cached. For HTTP/2, the session's. */
  readonly connection: TLSSocket | undefined
  /** Made when called: aborts when the client is gone, or has its answer. */
  gone?(): AbortSignal
}
