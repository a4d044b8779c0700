import { hash } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { AccessDecision, AccessQuestion, User } from '../model/identity.ts'
import { createAlwaysAllowedPaths } from './always-allowed-paths.ts'
import { createAnswers } from './answers.ts'

/** May they. Rejects when there is no answer: the request is then to fail, not to be served. */
export type Authorizer = (user: User, question: AccessQuestion) => Promise<AccessDecision>

export interface AuthorizationObserver {
  /** Once per request. `no-opinion`: nobody says yes, and nobody no. */
  decided(decision: 'allowed' | 'denied' | 'no-opinion' | 'error', seconds: number): void
}

export interface AuthorizerOptions {
  /** Asks a SubjectAccessReview. Rejects when there was no answer. */
  review(user: User, question: AccessQuestion): Promise<AccessDecision>
  readonly alwaysAllowPaths: readonly string[]
  /** How long a yes is kept, milliseconds (`--authorization-webhook-cache-authorized-ttl`). */
  readonly authorizedTtlMs: number
  /** How long a no is kept, milliseconds (`--authorization-webhook-cache-unauthorized-ttl`). */
  readonly unauthorizedTtlMs: number
  readonly clock: Clock
  readonly observer?: AuthorizationObserver
}

/** The apiserver allows them everything without asking anybody, so it need not be asked (options/authorization.go). */
const PRIVILEGED_GROUP = 'system:masters'
const ALLOWED: AccessDecision = Object.freeze({ allowed: true, reason: '' })
const MAX_KEPT = 8192
/** Go's maxControlledAttrCacheSize, in characters: what a client can make as long as it likes. */
const MAX_KEPT_QUESTION = 10_000
const REVIEW_DEADLINE_MS = 30_000

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

/** One key for one question of one user: JSON, because no value can reach into the next, hashed, to bound its length. */
function keyOf(user: User, kind: string, parts: readonly string[]): string {
  return hash('sha256', JSON.stringify([kind, parts, user.name, user.uid, user.groups, [...user.extra]]), 'base64url')
}

/**
 * Lets privileged users and always-allowed paths pass, and keeps the apiserver's answers on all others (apiserver,
 * pkg/server/options/authorization.go and plugin/pkg/authorizer/webhook).
 * @throws AllowedPathError
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const isAlwaysAllowed = createAlwaysAllowedPaths(options.alwaysAllowPaths)
  const answers = createAnswers<AccessDecision>({
    clock: options.clock,
    max: MAX_KEPT,
    ttlMs: ({ allowed }) => (allowed ? options.authorizedTtlMs : options.unauthorizedTtlMs),
    deadlineMs: REVIEW_DEADLINE_MS,
  })
  const decide: Authorizer = async (user, question) => {
    if (user.groups.includes(PRIVILEGED_GROUP)) return ALLOWED
    if (question.kind === 'path' && isAlwaysAllowed(question.path)) return ALLOWED
    const parts = partsOf(question)
    const keep = lengthOf(parts) < MAX_KEPT_QUESTION
    return answers.ask(keyOf(user, question.kind, parts), keep, () => options.review(user, question))
  }
  return observed(decide, options)
}

/** Tells of every decision, and passes it on. */
function observed(decide: Authorizer, { observer, clock }: AuthorizerOptions): Authorizer {
  if (observer === undefined) return decide
  return async (user, question) => {
    const beganMs = clock.monotonicMs()
    let decision: Parameters<AuthorizationObserver['decided']>[0] = 'error'
    try {
      const answer = await decide(user, question)
      decision = answer.allowed ? 'allowed' : answer.denied ? 'denied' : 'no-opinion'
      return answer
    } finally {
      observer.decided(decision, (clock.monotonicMs() - beganMs) / 1000)
    }
  }
}
