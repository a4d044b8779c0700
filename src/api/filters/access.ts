import { type IdentityEvidence, TooManyReviewsError, type User } from '../../model/identity.ts'
import type { FaultLog } from '../../model/log.ts'
import { ApiError } from '../api-error.ts'
import type { ApiOptions } from '../options.ts'
import type { RequestInfo } from '../request/request-info.ts'
import { forbidden, internalError, tooManyRequests, unauthorized } from '../status.ts'

const NOSNIFF = Object.freeze({ 'x-content-type-options': 'nosniff' })
const RETRY_AFTER_SECONDS = 1

export interface Access {
  /** @throws ApiError 401 when nobody is recognized. */
  user(evidence: IdentityEvidence): Promise<User>
  /** @throws ApiError 403 when the user may not, 429 when too many ask, 500 when it cannot be found out. */
  require(user: User, info: RequestInfo, gone: (() => AbortSignal) | undefined): Promise<void>
}

/** A failed review is a 500, as in the Go server; one that is not to be had for now is better asked for again. */
const undecided = (cause: unknown): ApiError =>
  cause instanceof TooManyReviewsError
    ? new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), {
        cause,
        headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` },
      })
    : new ApiError(internalError(), { cause })

/**
 * Asks who sends a request, and whether they may (apiserver, pkg/endpoints/filters/authentication.go and
 * authorization.go). Fails closed: an authenticator that fails recognizes nobody, an authorizer that fails is a 500. That
 * it failed is the authorizer's to report, which alone knows whether what had failed works again.
 */
export function createAccess(auth: Pick<ApiOptions, 'authenticate' | 'authorize'>, faults: FaultLog): Access {
  return {
    async user(evidence) {
      const user = await auth.authenticate(evidence).catch((cause: unknown) => {
        // It never should, so nothing says that it is over.
        faults.report('authentication', 'Failed to authenticate a request', { err: cause })
        throw new ApiError(unauthorized(), { cause })
      })
      if (user === undefined) throw new ApiError(unauthorized())
      return user
    },
    async require(user, info, gone) {
      const decision = await auth.authorize(user, info, gone).catch((cause: unknown) => {
        throw undecided(cause)
      })
      if (!decision.allowed) throw new ApiError(forbidden(user, info, decision.reason), { headers: NOSNIFF })
    },
  }
}
