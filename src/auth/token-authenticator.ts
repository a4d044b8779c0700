import { hash } from 'node:crypto'
import type { TokenReviewer } from '../cluster/reviews.ts'
import type { Clock } from '../model/clock.ts'
import { type RequestCredentials, TooManyReviewsError, type User } from '../model/identity.ts'
import type { FaultLog } from '../model/log.ts'
import { headerValues } from '../model/raw-headers.ts'
import { createReviewCache, ReviewAbandonedError } from './review-cache.ts'

/**
 * The token of an `Authorization: Bearer` header (apiserver, pkg/authentication/request/bearertoken): the first such
 * header counts, the scheme's case does not, what follows the token after a space is ignored.
 * @returns undefined when there is none, which is no error: the request may be anonymous.
 */
export function bearerTokenOf(rawHeaders: readonly string[]): string | undefined {
  const header = headerValues(rawHeaders, 'authorization')[0]?.trim()
  const [scheme, token] = header?.split(' ', 3) ?? []
  return scheme?.toLowerCase() === 'bearer' && token !== '' ? token : undefined
}

export interface TokenAuthenticatorOptions {
  readonly reviewToken: TokenReviewer
  /** How long an answer is kept, good or bad, milliseconds (`--authentication-token-webhook-cache-ttl`). */
  readonly tokenTtlMs: number
  readonly clock: Clock
  readonly faults: FaultLog
}

/** Tokens of service accounts have 1 to 2 thousand characters; those with many groups some more. */
export const MAX_TOKEN_LENGTH = 16_384
const MAX_KEPT = 4096
const MAX_KEPT_BYTES = 4 * 2 ** 20
/** What is kept of an answer beside its texts, about. */
const ENTRY_BYTES = 256
/** As many as there are connections for them. */
const CONCURRENT_REVIEWS = 8
/** At 50 ms a review, the last of them waits for 0.8 s; two megabytes of the longest tokens. */
const MAX_WAITING = 128
/** Go's sharedLookupTimeout. */
const REVIEW_DEADLINE_MS = 30_000
const FAULT = 'token review'
/** Never resolved: one token that was reviewed does not end the overload. */
const OVERLOAD = 'token reviews that wait'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const bytesOf = ({ user }: { readonly user: User | undefined }): number => {
  if (user === undefined) return ENTRY_BYTES
  const texts = [
    user.name,
    user.uid ?? '',
    ...user.groups,
    ...[...user.extra].flatMap(([key, values]) => [key, ...values]),
  ]
  return texts.reduce((sum, text) => sum + 2 * text.length + 32, ENTRY_BYTES)
}

/**
 * Whose a token is, the answers kept for a while under a hash of the token, never the token itself (apiserver,
 * pkg/authentication/token/cache). A review that fails is reported, not cached, and authenticates no one; so does a
 * token that comes when too many wait. Tokens of one address wait for each other.
 */
export function createTokenAuthenticator(
  options: TokenAuthenticatorOptions,
): (token: string, credentials: Pick<RequestCredentials, 'connection' | 'gone'>) => Promise<User | undefined> {
  const { faults } = options
  const reviews = createReviewCache<{ readonly user: User | undefined }>({
    clock: options.clock,
    max: MAX_KEPT,
    maxBytes: MAX_KEPT_BYTES,
    bytesOf,
    ttlMs: () => options.tokenTtlMs,
    deadlineMs: REVIEW_DEADLINE_MS,
    concurrency: CONCURRENT_REVIEWS,
    maxWaiting: MAX_WAITING,
  })

  const report = (error: unknown, token: string): void => {
    if (error instanceof ReviewAbandonedError) return
    if (error instanceof TooManyReviewsError) {
      faults.report(OVERLOAD, 'Refused bearer tokens without a review: more came than the apiserver can review in time')
      return
    }
    // The error comes from outside of this module and may quote the token.
    const err = messageOf(error).replaceAll(token, '(token)')
    faults.report(FAULT, 'Cannot review bearer tokens: the apiserver does not answer TokenReviews', { err })
  }

  return async (token, { connection, gone }) => {
    if (token.length > MAX_TOKEN_LENGTH) return undefined
    try {
      const { user } = await reviews.get({
        key: hash('sha256', token, 'base64url'),
        flow: connection?.remoteAddress ?? '',
        keep: true,
        gone: gone?.(),
        async run(signal) {
          const reviewed = await options.reviewToken(token, signal)
          faults.resolve(FAULT)
          return { user: reviewed?.name === '' ? undefined : reviewed }
        },
      })
      return user
    } catch (error) {
      report(error, token)
      return undefined
    }
  }
}
