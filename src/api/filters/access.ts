import type { IdentityEvidence, User } from '../../model/identity.ts'
import type { FaultLog } from '../../model/log.ts'
import { ApiError } from '../api-error.ts'
import type { ApiOptions } from '../options.ts'
import type { RequestInfo } from '../request/request-info.ts'
import { forbidden, internalError, unauthorized } from '../status.ts'

const NOSNIFF = Object.freeze({ 'x-content-type-options': 'nosniff' })

export interface Access {
  /** @throws ApiError 401 when nobody is recognized. */
  user(evidence: IdentityEvidence): Promise<User>
  /** @throws ApiError 403 when the user may not, 500 when that cannot be found out. */
  require(user: User, info: RequestInfo): Promise<void>
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Asks who sends a request, and whether they may (apiserver, pkg/endpoints/filters/authentication.go and
 * authorization.go). Fails closed: an authenticator that fails recognizes nobody, an authorizer that fails is a 500.
 * Failures that last are logged once, not for every request.
 */
export function createAccess(auth: Pick<ApiOptions, 'authenticate' | 'authorize'>, faults: FaultLog): Access {
  const failing = new Set<string>()
  const failed = (step: string, error: unknown) => {
    failing.add(step)
    faults.report(step, `${step} failed: ${messageOf(error)}`, { cause: error })
  }
  const worked = (step: string) => {
    if (failing.delete(step)) faults.resolve(step)
  }

  return {
    async user(evidence) {
      try {
        const user = await auth.authenticate(evidence)
        worked('authentication')
        if (user !== undefined) return user
      } catch (error) {
        failed('authentication', error)
        throw new ApiError(unauthorized(), { cause: error })
      }
      throw new ApiError(unauthorized())
    },
    async require(user, info) {
      const decision = await auth.authorize(user, info).catch((error: unknown) => {
        failed('authorization', error)
        throw new ApiError(internalError(), { cause: error })
      })
      worked('authorization')
      if (!decision.allowed) throw new ApiError(forbidden(user, info, decision.reason), { headers: NOSNIFF })
    },
  }
}
