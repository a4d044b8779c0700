import type { User } from '../../model/identity.ts'
import { ApiError } from '../api-error.ts'
import type { ApiAccounts } from '../options.ts'
import type { RequestInfo } from '../request/request-info.ts'
import { tooManyRequests } from '../status.ts'

const RETRY_AFTER_SECONDS = 1
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

function createPool(name: 'readOnly' | 'mutating', max: number, accounts: Pick<ApiAccounts, 'inFlight'> | undefined) {
  const pool = {
    max,
    count: 0,
    change(by: number) {
      pool.count += by
      accounts?.inFlight(name, pool.count)
    },
  }
  return pool
}

/**
 * Bounds the requests that are served at once (apiserver, pkg/server/filters/maxinflight.go): those that read and the
 * rest apart, 0 for no bound. Cluster administrators pass always, watches too (they are refused at once); so do probes,
 * lest a busy server be restarted for being busy.
 */
export function createInFlight(
  maxReading: number,
  maxMutating: number,
  accounts?: Pick<ApiAccounts, 'inFlight'>,
): InFlight {
  const reading = createPool('readOnly', maxReading, accounts)
  const mutating = createPool('mutating', maxMutating, accounts)
  return {
    enter(info, user) {
      const pool = READ_VERBS.has(info.verb) ? reading : mutating
      if (pool.max === 0 || info.verb === 'watch' || (info.kind === 'path' && PROBE.test(info.path))) return noPlace
      if (pool.count >= pool.max) {
        if (user.groups.includes('system:masters')) return noPlace
        const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) }
        throw new ApiError(tooManyRequests(RETRY_AFTER_SECONDS), { headers })
      }
      pool.change(1)
      let held = true
      return () => {
        if (held) pool.change(-1)
        held = false
      }
    },
  }
}
