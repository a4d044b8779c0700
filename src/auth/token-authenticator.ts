import { hash } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { User } from '../model/identity.ts'
import type { FaultLog } from '../model/log.ts'
import { createAnswers } from './answers.ts'

export interface TokenAuthenticatorOptions {
  /** Whose token it is, by a TokenReview; `undefined` when it is nobody's. Rejects when there was no answer. */
  reviewToken(token: string): Promise<User | undefined>
  /** How long an answer is kept, good or bad, milliseconds (`--authentication-token-webhook-cache-ttl`). */
  readonly tokenTtlMs: number
  readonly clock: Clock
  readonly faults: FaultLog
}

/** Tokens of service accounts have 1 to 2 thousand characters; those with many groups some more. */
export const MAX_TOKEN_LENGTH = 32_768
const MAX_KEPT = 4096
/** Go's sharedLookupTimeout. */
const REVIEW_DEADLINE_MS = 30_000
const FAULT = 'token review'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Whose a token is, the answers kept for a while under a hash of the token, never the token itself (apiserver,
 * pkg/authentication/token/cache). A review that fails is reported, not kept, and authenticates nobody.
 */
export function createTokenAuthenticator(
  options: TokenAuthenticatorOptions,
): (token: string) => Promise<User | undefined> {
  const { faults } = options
  const answers = createAnswers<{ readonly user: User | undefined }>({
    clock: options.clock,
    max: MAX_KEPT,
    ttlMs: () => options.tokenTtlMs,
    deadlineMs: REVIEW_DEADLINE_MS,
  })

  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) return undefined
    try {
      const { user } = await answers.ask(hash('sha256', token, 'base64url'), true, async () => {
        const reviewed = await options.reviewToken(token)
        faults.resolve(FAULT)
        return { user: reviewed?.name === '' ? undefined : reviewed }
      })
      return user
    } catch (error) {
      // Whoever words that error is not to be trusted with keeping the token out of it.
      const cause = messageOf(error).replaceAll(token, '(token)')
      faults.report(FAULT, 'a bearer token could not be reviewed: the apiserver gave no answer', { cause })
      return undefined
    }
  }
}
