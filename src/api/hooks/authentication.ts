import type { FastifyInstance } from 'fastify'
import type { FaultLog } from '../../model/log.ts'
import type { ApiOptions } from '../options.ts'
import type { Connections } from '../server/connections.ts'
import { credentialsOf, goneSignal } from '../server/raw-messages.ts'
import { ApiError, unauthorized } from '../status.ts'
import { isAnonymous } from './in-flight-limit.ts'
import { contextOf } from './request-context.ts'

export interface AuthenticationParts {
  readonly authenticate: ApiOptions['authenticate']
  readonly faults: FaultLog
  readonly connections: Connections
}

/**
 * Finds out who sends a request (apiserver, pkg/endpoints/filters/authentication.go); 401 when nobody is recognized. Fails
 * closed: an authenticator that fails recognizes nobody.
 */
export function addAuthentication(
  app: FastifyInstance,
  { authenticate, faults, connections }: AuthenticationParts,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    const gone = () => goneSignal(reply.raw)
    const user = await authenticate({ ...credentialsOf(raw), gone }).catch((cause: unknown) => {
      // It never should, so nothing says that it is over.
      faults.report('authentication', 'Failed to authenticate a request', { err: cause })
      throw new ApiError(unauthorized(), { cause })
    })
    if (user === undefined) throw new ApiError(unauthorized())
    contextOf(request).user = user
    if (!isAnonymous(user)) connections.authenticated(raw)
  })
}
