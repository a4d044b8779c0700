import type { IncomingMessage } from 'node:http'
import type { Clock } from '../model/clock.ts'
import type { User } from '../model/identity.ts'
import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { Access } from './filters/access.ts'
import { deadlineMs, withDeadline } from './filters/deadline.ts'
import type { InFlight } from './filters/in-flight.ts'
import { impersonatedUser } from './filters/impersonation.ts'
import { requestInfo } from './request/request-info.ts'
import type { RequestTarget } from './request/request-target.ts'
import { requiredName } from './resources/selection.ts'
import { evidenceOf } from './server/evidence.ts'

export interface Filters {
  readonly access: Access
  readonly inFlight: InFlight
  readonly clock: Clock
  readonly requestTimeoutMs: number
  dispatch(exchange: Exchange): Promise<Answer>
}

/** Told what happens to a request on its way. */
export interface RequestObserver {
  /** It holds a place among the requests in flight until `release` is called. */
  entered(release: () => void): void
  identified(user: User): void
  /** Made for those who ask: aborts when the client is gone, or has its answer. */
  gone(): AbortSignal
}

function exchangeOf(request: IncomingMessage, target: RequestTarget): Exchange {
  const { method = 'GET', headers, rawHeaders } = request
  const info = requestInfo(method, target.path, target.raw, target.query, requiredName)
  return { method, target, headers, rawHeaders, info }
}

/**
 * Takes a request through the filters of the Go server, in its order: what is asked, the deadline, who asks, the bound on
 * requests in flight, as whom, may they, and only then what is there (apiserver, pkg/server/config.go,
 * DefaultBuildHandlerChain). There impersonation comes before the bound; here its reviews are bounded too.
 */
export function createServe({ access, inFlight, clock, requestTimeoutMs, dispatch }: Filters) {
  async function admitted(request: IncomingMessage, exchange: Exchange, observer: RequestObserver): Promise<Answer> {
    const { gone } = observer
    const user = await access.user({ ...evidenceOf(request), gone })
    observer.identified(user)
    observer.entered(inFlight.enter(exchange.info, user))
    const actor = await impersonatedUser(user, request.rawHeaders, (question) => access.require(user, question, gone))
    await access.require(actor, exchange.info, gone)
    return dispatch(exchange)
  }

  return async (request: IncomingMessage, target: RequestTarget, observer: RequestObserver): Promise<Answer> => {
    const exchange = exchangeOf(request, target)
    const run = () => admitted(request, exchange, observer)
    if (exchange.info.verb === 'watch') return run()
    return withDeadline(run, deadlineMs(target.query, requestTimeoutMs), clock)
  }
}
