import type { FastifyInstance } from 'fastify'
import { type AccessQuestion, TooManyReviewsError, type User } from '../../model/identity.ts'
import type { ApiOptions } from '../options.ts'
import { goneSignal } from '../server/raw-messages.ts'
import { ApiError, forbidden, internalError, tooManyRequests } from '../status.ts'
import { impersonatedUser } from './impersonation.ts'
import { contextOf, userOf } from './request-context.ts'

const NOSNIFF = Object.freeze({ 'x-content-type-options': 'nosniff' })
const RETRY_AFTER_SECONDS = 1

/** A failed review is a 500, as in the Go server; where too many are pending, the client had better retry. */
const undecided = (cause: unknown): ApiError =>
  cause instanceof TooManyReviewsError
    ? new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), {
        cause,
        headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` },
      })
    : new ApiError(internalError(), { cause })

/**
 * Finds out whether a request may be served, and as whose (apiserver, pkg/endpoints/filters/authorization.go and
 * impersonation). Fails closed: an authorizer that fails is a 500. That it failed is the authorizer's to report, which alone
 * knows whether what had failed works again.
 */
export function addAuthorization(app: FastifyInstance, authorize: ApiOptions['authorize']): void {
  async function require(user: User, question: AccessQuestion, gone: () => AbortSignal): Promise<void> {
    const decision = await authorize(user, question, gone).catch((cause: unknown) => {
      throw undecided(cause)
    })
    if (!decision.allowed) throw new ApiError(forbidden(user, question, decision.reason), { headers: NOSNIFF })
  }
  app.addHook('onRequest', async (request, reply) => {
    const context = contextOf(request)
    const user = userOf(context)
    const gone = () => goneSignal(reply.raw)
    const actor = await impersonatedUser(user, context.rawHeaders, (question) => require(user, question, gone))
    await require(actor, context.info, gone)
  })
}
