import { hash } from 'node:crypto'
import type { AccessReviewer } from '../cluster/reviews.ts'
import type { Clock } from '../model/clock.ts'
import { type AccessDecision, type AccessQuestion, TooManyReviewsError, type User } from '../model/identity.ts'
import type { FaultLog } from '../model/log.ts'
import { createReviewCache, ReviewAbandonedError } from './review-cache.ts'

/** A path of `--authorization-always-allow-paths` that means nothing. */
export class AllowedPathError extends Error {
  override readonly name = 'AllowedPathError'
}

const withoutSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path)

/**
 * Whether a path is open to everybody (apiserver, pkg/authorization/path): a leading slash is optional, a trailing
 * `*` stands for anything that follows.
 * @throws AllowedPathError for a `*` elsewhere.
 */
export function createAlwaysAllowedPaths(paths: readonly string[]): (path: string) => boolean {
  const exact = new Set<string>()
  const prefixes: string[] = []
  for (const path of paths.map(withoutSlash)) {
    if (path.slice(0, -1).includes('*')) {
      throw new AllowedPathError(`--authorization-always-allow-paths: only a trailing * is allowed in "${path}"`)
    }
    if (path.endsWith('*')) prefixes.push(path.slice(0, -1))
    else exact.add(path)
  }
  return (asked) => {
    const path = withoutSlash(asked)
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix))
  }
}

/**
 * Whether a user may do something. Rejects when there is no decision: the request must then fail, with
 * TooManyReviewsError for now only. Failures are reported.
 * @param gone aborts when the client does not wait any more; called only when there is something to wait for.
 */
type Authorizer = (user: User, question: AccessQuestion, gone?: () => AbortSignal) => Promise<AccessDecision>

export interface AuthorizationObserver {
  /** Once per request. `no-opinion`: neither allowed nor denied. */
  decided(decision: 'allowed' | 'denied' | 'no-opinion' | 'error', seconds: number): void
}

interface AuthorizerOptions {
  readonly review: AccessReviewer
  readonly alwaysAllowPaths: readonly string[]
  /** How long an allowing review is cached, milliseconds (`--authorization-webhook-cache-authorized-ttl`). */
  readonly authorizedTtlMs: number
  /** How long a denying review is cached, milliseconds (`--authorization-webhook-cache-unauthorized-ttl`). */
  readonly unauthorizedTtlMs: number
  readonly clock: Clock
  readonly faults: FaultLog
  readonly observer?: AuthorizationObserver
}

/** The apiserver allows this group everything, so that no review is needed (options/authorization.go). */
const PRIVILEGED_GROUP = 'system:masters'
const ALLOWED: AccessDecision = Object.freeze({ allowed: true, reason: '' })
const MAX_KEPT = 8192
const MAX_KEPT_BYTES = 4 * 2 ** 20
/** What is kept of an answer beside its reason, about. */
const ENTRY_BYTES = 256
/** As many as there are connections for them. */
const CONCURRENT_REVIEWS = 8
/** More than requests may be in flight (400, and 200 that would write), each of which needs one review. */
const MAX_WAITING = 600
/** Go's maxControlledAttrCacheSize, in characters: what a client can make as long as it likes. */
const MAX_KEPT_QUESTION = 10_000
const REVIEW_DEADLINE_MS = 30_000
const FAULT = 'access review'
/** Never resolved: one request that was reviewed does not end the overload. */
const OVERLOAD = 'access reviews that wait'

const partsOf = (question: AccessQuestion): string[] =>
  question.kind === 'path'
    ? [question.verb, question.path]
    : [
        question.verb,
        question.group,
        question.version,
        question.resource,
        question.subresource,
        question.namespace,
        question.name,
      ]

const lengthOf = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length, 0)

/**
 * One key for one question of one user: JSON, because no value can reach into the next, hashed, to bound its length.
 */
function keyOf(user: User, kind: string, parts: readonly string[]): string {
  return hash('sha256', JSON.stringify([kind, parts, user.name, user.uid, user.groups, [...user.extra]]), 'base64url')
}

/**
 * Allows privileged users and always-allowed paths, and caches the apiserver's reviews of all others (apiserver,
 * pkg/server/options/authorization.go and plugin/pkg/authorizer/webhook).
 * @throws AllowedPathError
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const isAlwaysAllowed = createAlwaysAllowedPaths(options.alwaysAllowPaths)
  const { faults } = options
  const reviews = createReviewCache<AccessDecision>({
    clock: options.clock,
    max: MAX_KEPT,
    maxBytes: MAX_KEPT_BYTES,
    bytesOf: ({ reason }) => ENTRY_BYTES + 2 * reason.length,
    ttlMs: ({ allowed }) => (allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs),
    deadlineMs: REVIEW_DEADLINE_MS,
    concurrency: CONCURRENT_REVIEWS,
    maxWaiting: MAX_WAITING,
  })
  const report = (error: unknown): void => {
    if (error instanceof ReviewAbandonedError) return
    if (error instanceof TooManyReviewsError) {
      faults.report(OVERLOAD, 'Answered requests with 429: more came than the apiserver can review in time')
      return
    }
    faults.report(FAULT, 'Cannot authorize requests: the apiserver does not answer SubjectAccessReviews', {
      err: error,
    })
  }
  const decide: Authorizer = async (user, question, gone) => {
    if (user.groups.includes(PRIVILEGED_GROUP)) return ALLOWED
    if (question.kind === 'path' && isAlwaysAllowed(question.path)) return ALLOWED
    const parts = partsOf(question)
    try {
      return await reviews.get({
        key: keyOf(user, question.kind, parts),
        flow: user.name,
        keep: lengthOf(parts) < MAX_KEPT_QUESTION,
        gone: gone?.(),
        async run(signal) {
          const decision = await options.review(user, question, signal)
          faults.resolve(FAULT)
          return decision
        },
      })
    } catch (error) {
      report(error)
      throw error
    }
  }
  return observed(decide, options)
}

/** Reports every decision to the observer. */
function observed(decide: Authorizer, { observer, clock }: AuthorizerOptions): Authorizer {
  if (observer === undefined) return decide
  return async (user, question, gone) => {
    const beganMs = clock.monotonicMs()
    let decision: Parameters<AuthorizationObserver['decided']>[0] = 'error'
    try {
      const answer = await decide(user, question, gone)
      decision = answer.allowed ? 'allowed' : answer.denied ? 'denied' : 'no-opinion'
      return answer
    } finally {
      observer.decided(decision, (clock.monotonicMs() - beganMs) / 1000)
    }
  }
}
