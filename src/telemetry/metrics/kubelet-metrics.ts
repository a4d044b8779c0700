import type { Clock } from '../../model/clock.ts'
import { REJECTION_REASONS } from '../../model/sample.ts'
import { SCRAPE_FAILURES, type ScrapeFailure } from '../../model/scrape-failure.ts'
import type { ScrapeObserver } from '../../scrape/node-loop.ts'
import {
  bucketOf,
  DEFAULT_BUCKETS,
  escapeLabel,
  type FamilyDescription,
  histogramLines,
  type MetricsRegistry,
} from './registry.ts'

export interface KubeletMetricsParts {
  readonly clock: Pick<Clock, 'wallMs'>
  readonly resolutionMs: number
}

/**
 * Counts and times the scrapes of kubelets. Names, help and buckets of `metrics_server_*` are the Go server's
 * (kubernetes-sigs/metrics-server, pkg/scraper/scraper.go and pkg/server/server.go); the others say which node fails, since
 * when and why. A failure and a rejection have a series for each cause from the start, at 0.
 */
export function createKubeletMetrics(
  registry: MetricsRegistry,
  { clock, resolutionMs }: KubeletMetricsParts,
): ScrapeObserver {
  const total = registry.counters({
    name: 'metrics_server_kubelet_request_total',
    help: '[ALPHA] Number of requests sent to Kubelet API',
    labels: ['success'],
  })
  const failures = registry.counters({
    name: 'kubelet_scrape_failures_total',
    help: 'Number of scrapes of kubelets that failed, by cause.',
    labels: ['cause'],
  })
  const rejected = registry.counters({
    name: 'kubelet_samples_rejected_total',
    help: 'Number of samples of kubelets that were left out, because they contradict earlier ones or are more than the node has.',
    labels: ['reason'],
  })
  const cycles = registry.histograms(
    {
      name: 'metrics_server_manager_tick_duration_seconds',
      help: '[ALPHA] The total time spent collecting and storing metrics in seconds.',
      labels: [],
    },
    bucketsAround(resolutionMs / 1000),
  )()
  const [success, failure] = [total('true'), total('false')]
  for (const cause of SCRAPE_FAILURES) failures(cause)
  for (const reason of REJECTION_REASONS) rejected(reason)
  const nodes = new NodeSeries()
  nodes.addTo(registry)

  return {
    scraped(node, seconds, cause) {
      nodes.scraped(node, seconds, Math.floor(clock.wallMs() / 1000), cause)
      if (cause === undefined) success.value++
      else {
        failure.value++
        failures(cause).value++
      }
    },
    rejected(reason, count) {
      rejected(reason).value += count
    },
    forget: (node) => nodes.forget(node),
    cycleEnded: (seconds) => cycles.observe(seconds),
  }
}

/**
 * The default buckets and, for a longer time, some around it
 * (kubernetes-sigs/metrics-server, pkg/utils/monitoring.go: BucketsForScrapeDuration).
 */
function bucketsAround(seconds: number): number[] {
  const largest = 10
  if (seconds <= largest) return [...DEFAULT_BUCKETS]
  return [...DEFAULT_BUCKETS, largest + (seconds - largest) / 2, seconds, seconds * 1.5, seconds * 2]
}

const BOUNDS = DEFAULT_BUCKETS
/** The numbers of a node, by their index: its buckets, then these. */
const SUM = BOUNDS.length + 1
const LAST = SUM + 1
const LAST_SUCCESS = LAST + 1
const STRIDE = LAST_SUCCESS + 1
/** Nodes to a chunk of text, so that a scrape of 10,000 nodes does not hold up everything else. */
const CHUNK = 250

const DURATION = {
  name: 'metrics_server_kubelet_request_duration_seconds',
  type: 'histogram',
  labels: ['node'],
  help: '[ALPHA] Duration of requests to Kubelet API in seconds',
} as const
const LAST_TIME = {
  name: 'metrics_server_kubelet_last_request_time_seconds',
  type: 'gauge',
  labels: ['node'],
  help: '[ALPHA] Time of last request performed to Kubelet API since unix epoch in seconds',
} as const
const LAST_SUCCESS_TIME = {
  name: 'kubelet_scrape_last_success_timestamp_seconds',
  type: 'gauge',
  labels: ['node'],
  help: 'Time of the last successful scrape of a kubelet, since unix epoch in seconds; none of a node that was never scraped successfully.',
} as const
const FAILING = {
  name: 'kubelet_scrape_failing',
  type: 'gauge',
  labels: ['node', 'cause'],
  help: 'Always 1, of each node whose last scrape failed, with the cause.',
} as const

/** Fifteen numbers a node in one array: 120 bytes beside its name, and 10,000 nodes are written in chunks. */
class NodeSeries {
  readonly #slots = new Map<string, number>()
  readonly #free: number[] = []
  #numbers = new Float64Array(64 * STRIDE)
  readonly #failing = new Map<string, ScrapeFailure>()

  addTo(registry: MetricsRegistry): void {
    this.#add(registry, DURATION, (label, at) => this.#durationLines(label, at))
    this.#add(
      registry,
      LAST_TIME,
      (label, at) => `${LAST_TIME.name}{node="${label}"} ${this.#numbers[at + LAST] ?? 0}\n`,
    )
    this.#add(registry, LAST_SUCCESS_TIME, (label, at) => {
      const seconds = this.#numbers[at + LAST_SUCCESS] ?? 0
      return seconds > 0 ? `${LAST_SUCCESS_TIME.name}{node="${label}"} ${seconds}\n` : ''
    })
    this.#add(registry, FAILING, (label, _, node) => {
      const cause = this.#failing.get(node)
      return cause === undefined ? '' : `${FAILING.name}{node="${label}",cause="${cause}"} 1\n`
    })
  }

  /** @param unixSeconds when the request was made, whole seconds since the epoch. */
  scraped(node: string, seconds: number, unixSeconds: number, cause: ScrapeFailure | undefined): void {
    const at = this.#slotOf(node) * STRIDE
    const bucket = at + bucketOf(BOUNDS, seconds)
    this.#numbers[bucket] = (this.#numbers[bucket] ?? 0) + 1
    this.#numbers[at + SUM] = (this.#numbers[at + SUM] ?? 0) + seconds
    this.#numbers[at + LAST] = unixSeconds
    if (cause === undefined) {
      this.#numbers[at + LAST_SUCCESS] = unixSeconds
      this.#failing.delete(node)
    } else this.#failing.set(node, cause)
  }

  forget(node: string): void {
    const slot = this.#slots.get(node)
    if (slot === undefined) return
    this.#slots.delete(node)
    this.#failing.delete(node)
    this.#free.push(slot)
  }

  /** @param write the lines of a node, whose numbers begin at `at`. */
  #add(
    registry: MetricsRegistry,
    description: FamilyDescription,
    write: (label: string, at: number, node: string) => string,
  ): void {
    const slots = this.#slots
    registry.add({
      ...description,
      *chunks() {
        const nodes = [...slots.keys()]
        for (let from = 0; from < nodes.length; from += CHUNK) {
          const lines: string[] = []
          for (const node of nodes.slice(from, from + CHUNK)) {
            // Others had their turn: the node may be gone by now.
            const slot = slots.get(node)
            if (slot !== undefined) lines.push(write(escapeLabel(node), slot * STRIDE, node))
          }
          yield lines.join('')
        }
      },
    })
  }

  #durationLines(label: string, at: number): string {
    const cumulative: number[] = []
    let count = 0
    for (let i = 0; i < SUM; i++) {
      count += this.#numbers[at + i] ?? 0
      cumulative.push(count)
    }
    const sum = this.#numbers[at + SUM] ?? 0
    return histogramLines(DURATION.name, `node="${label}"`, { bounds: BOUNDS, cumulative, sum })
  }

  #slotOf(node: string): number {
    const known = this.#slots.get(node)
    if (known !== undefined) return known
    const slot = this.#free.pop() ?? this.#slots.size
    const end = (slot + 1) * STRIDE
    if (end > this.#numbers.length) {
      const grown = new Float64Array(this.#numbers.length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers.fill(0, slot * STRIDE, end)
    this.#slots.set(node, slot)
    return slot
  }
}
