import type { RequestMetrics, RequestKind } from '../../api/options.ts'
import type { Clock } from '../../model/clock.ts'
import { type Counter, exponentialBuckets, type Histogram, type MetricsRegistry } from './registry.ts'

const OF_A_REQUEST = ['group', 'version', 'resource', 'subresource', 'scope', 'component']
const LATENCY_BOUNDS = [
  ...[0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
]
const SIZE_BOUNDS = exponentialBuckets(1000, 10, 7)

/** The series of one kind of requests. */
interface KindSeries {
  readonly byStatus: Map<number, Counter>
  readonly latency: Histogram
  /** Only of those that read, as upstream. */
  readonly size: Histogram | undefined
}

const valuesOf = ({ group, version, resource, subresource, scope, component }: RequestKind): string[] => [
  ...[group, version, resource, subresource, scope, component],
]

/**
 * The highest that a number was in the last second (kubernetes/apiserver, pkg/server/filters/maxinflight.go, which has a
 * timer for it). This one looks at the clock instead: it reports the second that is under way and the one before.
 */
class Watermark {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #second = 0
  #now = 0
  #highest = 0
  #before = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  set(value: number): void {
    this.#turn()
    this.#now = value
    if (value > this.#highest) this.#highest = value
  }

  highest(): number {
    this.#turn()
    return Math.max(this.#before, this.#highest)
  }

  #turn(): void {
    const second = Math.floor(this.#clock.monotonicMs() / 1000)
    if (second === this.#second) return
    this.#before = second === this.#second + 1 ? this.#highest : this.#now
    this.#highest = this.#now
    this.#second = second
  }
}

/**
 * Counts the requests that the API answers, under the names, labels and buckets of kubernetes/apiserver,
 * pkg/endpoints/metrics/metrics.go. An answer costs a look into two maps and four additions.
 */
export function createRequestMetrics(registry: MetricsRegistry, clock: Pick<Clock, 'monotonicMs'>): RequestMetrics {
  const total = registry.counters({
    name: 'apiserver_request_total',
    help: '[STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    labels: ['verb', 'dry_run', ...OF_A_REQUEST, 'code'],
  })
  const latency = registry.histograms(
    {
      name: 'apiserver_request_duration_seconds',
      help: '[STABLE] Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labels: ['verb', 'dry_run', ...OF_A_REQUEST],
    },
    LATENCY_BOUNDS,
  )
  const size = registry.histograms(
    {
      name: 'apiserver_response_sizes',
      help: '[STABLE] Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labels: ['verb', ...OF_A_REQUEST],
    },
    SIZE_BOUNDS,
  )
  const pools = { readOnly: new Watermark(clock), mutating: new Watermark(clock) }
  registry.collect(
    'gauge',
    {
      name: 'apiserver_current_inflight_requests',
      help: '[STABLE] Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
      labels: ['request_kind'],
    },
    () => [
      [['readOnly'], pools.readOnly.highest()],
      [['mutating'], pools.mutating.highest()],
    ],
  )
  /** There is one object for each kind, the same each time, and a bounded number of them. */
  const kinds = new Map<RequestKind, KindSeries>()

  function seriesOf(kind: RequestKind): KindSeries {
    const known = kinds.get(kind)
    if (known !== undefined) return known
    const { verb, dryRun } = kind
    const reads = (verb === 'GET' || verb === 'LIST') && dryRun === ''
    const series = {
      byStatus: new Map(),
      latency: latency(verb, dryRun, ...valuesOf(kind)),
      size: reads ? size(verb, ...valuesOf(kind)) : undefined,
    }
    kinds.set(kind, series)
    return series
  }

  function counterOf(kind: RequestKind, { byStatus }: KindSeries, status: number): Counter {
    const known = byStatus.get(status)
    if (known !== undefined) return known
    const counter = total(kind.verb, kind.dryRun, ...valuesOf(kind), String(status))
    byStatus.set(status, counter)
    return counter
  }

  return {
    answered(kind, status, seconds) {
      const series = seriesOf(kind)
      counterOf(kind, series, status).value++
      series.latency.observe(seconds)
    },
    sized: (kind, bytes) => seriesOf(kind).size?.observe(bytes),
    inFlight: (pool, count) => pools[pool].set(count),
  }
}
