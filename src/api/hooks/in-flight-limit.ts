import type { FastifyInstance } from 'fastify'
import type { User } from '../../model/identity.ts'
import type { RequestMetrics } from '../options.ts'
import type { RequestInfo } from '../request/request-info.ts'
import type { Bounds } from '../server/bounds.ts'
import { isGone } from '../server/raw-messages.ts'
import { ApiError, tooManyRequests } from '../status.ts'
import { contextOf, userOf } from './request-context.ts'

const RETRY_AFTER_SECONDS = 1
const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const PROBE = /^\/(healthz|livez|readyz)(\/|$)/

/** Whether a user is nobody in particular: no credentials were sent. */
export const isAnonymous = ({ groups }: User): boolean => groups.includes('system:unauthenticated')

/** The places for requests of a kind, some of which anonymous ones may take. */
class Pool {
  readonly max: number
  readonly #maxAnonymous: number
  readonly #changed: (count: number) => void
  #count = 0
  #anonymous = 0

  constructor(max: number, anonymousShare: number, changed: (count: number) => void) {
    this.max = max
    this.#maxAnonymous = Math.ceil(max * anonymousShare)
    this.#changed = changed
  }

  isFull(anonymous: boolean): boolean {
    return this.#count >= this.max || (anonymous && this.#anonymous >= this.#maxAnonymous)
  }

  change(by: 1 | -1, anonymous: boolean): void {
    this.#count += by
    if (anonymous) this.#anonymous += by
    this.#changed(this.#count)
  }
}

type InFlightBounds = Pick<Bounds, 'maxRequestsInflight' | 'maxMutatingRequestsInflight' | 'anonymousShare'>

/** @returns a function that takes a place, and gives what frees it again (twice does nothing); it throws ApiError 429. */
function createPools(bounds: InFlightBounds, requestMetrics: Pick<RequestMetrics, 'inFlight'> | undefined) {
  const { maxRequestsInflight, maxMutatingRequestsInflight, anonymousShare } = bounds
  const changed = (name: 'readOnly' | 'mutating') => (count: number) => requestMetrics?.inFlight(name, count)
  const reading = new Pool(maxRequestsInflight, anonymousShare, changed('readOnly'))
  const mutating = new Pool(maxMutatingRequestsInflight, anonymousShare, changed('mutating'))

  return (info: RequestInfo, user: User): (() => void) | undefined => {
    const pool = READ_VERBS.has(info.verb) ? reading : mutating
    if (pool.max === 0 || info.verb === 'watch' || (info.kind === 'path' && PROBE.test(info.path))) return undefined
    const anonymous = isAnonymous(user)
    if (pool.isFull(anonymous)) {
      if (user.groups.includes('system:masters')) return undefined
      const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) }
      throw new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), { headers })
    }
    pool.change(1, anonymous)
    let held = true
    return () => {
      if (held) pool.change(-1, anonymous)
      held = false
    }
  }
}

/**
 * Bounds the requests that are served at once (apiserver, pkg/server/filters/maxinflight.go): those that read and the
 * rest apart, 0 for no bound. Cluster administrators pass always, watches too (they are refused at once); so do probes,
 * lest a busy server be restarted for being busy. Anonymous requests, which wait for reviews as others do, can take only a
 * part of the places.
 *
 * A place is free once the answer has been handed on, whether the client reads it or not, or when the client is gone, which
 * may have happened during authentication.
 */
export function addInFlightLimit(
  app: FastifyInstance,
  bounds: InFlightBounds,
  requestMetrics: Pick<RequestMetrics, 'inFlight'> | undefined,
): void {
  const enter = createPools(bounds, requestMetrics)
  app.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request)
    const release = enter(context.info, userOf(context))
    if (release !== undefined) {
      if (isGone(reply.raw)) release()
      else {
        context.afterReply.push(release)
        reply.raw.once('close', release)
      }
    }
    done()
  })
}
