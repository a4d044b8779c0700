import type { Clock } from '../model/clock.ts'
import { type Counter, createCounters, createHistograms, type Family, type Histogram, plainMetric } from './families.ts'
import { exponentialBuckets } from './histogram.ts'
import { Watermark } from './watermark.ts'

/**
 * A kind of requests: the labels of kubernetes/apiserver, pkg/endpoints/metrics. There is one object for each kind, the
 * same each time, and a bounded number of them.
 */
export interface RequestKind {
  readonly verb: string
  readonly dryRun: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly scope: string
  readonly component: string
}

/** What is counted of the requests that the API answers. */
export interface RequestAccounts {
  answered(kind: RequestKind, status: number, seconds: number): void
  /** So many bytes its body had. */
  sized(kind: RequestKind, bytes: number): void
  /** So many requests are being worked on now. */
  inFlight(pool: 'readOnly' | 'mutating', count: number): void
  readonly families: readonly Family[]
}

const OF_A_REQUEST = ['group', 'version', 'resource', 'subresource', 'scope', 'component']
const LATENCY_BOUNDS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
]
const SIZE_BOUNDS = exponentialBuckets(1000, 10, 7)

/** The series of one kind of requests. */
interface Account {
  readonly byStatus: Map<number, Counter>
  readonly latency: Histogram
  /** Only of those that read, as upstream. */
  readonly size: Histogram | undefined
}

function createFamilies() {
  return {
    total: createCounters({
      name: 'apiserver_request_total',
      help: '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labelNames: ['verb', 'dry_run', ...OF_A_REQUEST, 'code'],
    }),
    latency: createHistograms(
      {
        name: 'apiserver_request_duration_seconds',
        help: '[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
        labelNames: ['verb', 'dry_run', ...OF_A_REQUEST],
      },
      LATENCY_BOUNDS,
    ),
    size: createHistograms(
      {
        name: 'apiserver_response_sizes',
        help: '[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
        labelNames: ['verb', ...OF_A_REQUEST],
      },
      SIZE_BOUNDS,
    ),
  }
}

const valuesOf = ({ group, version, resource, subresource, scope, component }: RequestKind): string[] => [
  ...[group, version, resource, subresource, scope, component],
]

/**
 * Names, labels and buckets of kubernetes/apiserver, pkg/endpoints/metrics/metrics.go. An answer costs a look into two
 * maps and four additions.
 */
export function createRequestAccounts(clock: Pick<Clock, 'monotonicMs'>): RequestAccounts {
  const { total, latency, size } = createFamilies()
  const accounts = new Map<RequestKind, Account>()
  const pools = { readOnly: new Watermark(clock), mutating: new Watermark(clock) }

  function accountOf(kind: RequestKind): Account {
    const known = accounts.get(kind)
    if (known !== undefined) return known
    const { verb, dryRun } = kind
    const reads = (verb === 'GET' || verb === 'LIST') && dryRun === ''
    const account = {
      byStatus: new Map(),
      latency: latency.series(verb, dryRun, ...valuesOf(kind)),
      size: reads ? size.series(verb, ...valuesOf(kind)) : undefined,
    }
    accounts.set(kind, account)
    return account
  }

  function counterOf(kind: RequestKind, { byStatus }: Account, status: number): Counter {
    const known = byStatus.get(status)
    if (known !== undefined) return known
    const counter = total.series(kind.verb, kind.dryRun, ...valuesOf(kind), String(status))
    byStatus.set(status, counter)
    return counter
  }

  const inFlight = {
    name: 'apiserver_current_inflight_requests',
    help: '[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
    labelNames: ['request_kind'],
  }
  return {
    answered(kind, status, seconds) {
      const account = accountOf(kind)
      counterOf(kind, account, status).value++
      account.latency.observe(seconds)
    },
    sized: (kind, bytes) => accountOf(kind).size?.observe(bytes),
    inFlight: (pool, count) => pools[pool].set(count),
    families: [
      total,
      latency,
      size,
      {
        metric: plainMetric(inFlight, 'gauge', () => [
          { labels: { request_kind: 'readOnly' }, value: pools.readOnly.highest() },
          { labels: { request_kind: 'mutating' }, value: pools.mutating.highest() },
        ]),
      },
    ],
  }
}
