import type { User } from '../../model/identity.ts'
import { ApiError } from '../api-error.ts'
import type { ApiAccounts } from '../options.ts'
import type { RequestInfo } from '../request/request-info.ts'
import type { Bounds } from '../server/bounds.ts'
import { tooManyRequests } from '../status.ts'

const RETRY_AFTER_SECONDS = 1
/** The group of whoever nobody knows. */
export const ANYBODY = 'system:unauthenticated'
const READ_VERBS: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const PROBE = /^\/(healthz|livez|readyz)(\/|$)/

export interface InFlight {
  /**
   * Takes a place for a request and gives what frees it again (calling that twice does nothing).
   * @throws ApiError 429 when there is no place.
   */
  enter(info: RequestInfo, user: User): () => void
}

const noPlace = () => {}

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

/**
 * Bounds the requests that are served at once (apiserver, pkg/server/filters/maxinflight.go): those that read and the
 * rest apart, 0 for no bound. Cluster administrators pass always, watches too (they are refused at once); so do probes,
 * lest a busy server be restarted for being busy. Anonymous requests, which wait for reviews as others do, can take only a
 * part of the places.
 */
export function createInFlight(
  bounds: Pick<Bounds, 'maxRequestsInflight' | 'maxMutatingRequestsInflight' | 'anonymousShare'>,
  accounts?: Pick<ApiAccounts, 'inFlight'>,
): InFlight {
  const { maxRequestsInflight, maxMutatingRequestsInflight, anonymousShare } = bounds
  const told = (name: 'readOnly' | 'mutating') => (count: number) => accounts?.inFlight(name, count)
  const reading = new Pool(maxRequestsInflight, anonymousShare, told('readOnly'))
  const mutating = new Pool(maxMutatingRequestsInflight, anonymousShare, told('mutating'))
  return {
    enter(info, { groups }) {
      const pool = READ_VERBS.has(info.verb) ? reading : mutating
      if (pool.max === 0 || info.verb === 'watch' || (info.kind === 'path' && PROBE.test(info.path))) return noPlace
      const anonymous = groups.includes(ANYBODY)
      if (pool.isFull(anonymous)) {
        if (groups.includes('system:masters')) return noPlace
        const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) }
        throw new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), { headers })
      }
      pool.change(1, anonymous)
      let held = true
      return () => {
        if (held) pool.change(-1, anonymous)
        held = false
      }
    },
  }
}
