import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { CertificateInUse } from '../model/certificate-end.ts'
import type { Clock } from '../model/clock.ts'
import { REJECTION_REASONS } from '../model/sample.ts'
import { registerCertificateExpiry } from './certificate-expiry.ts'
import type { Family } from './families.ts'
import { createFreshnessHistogram } from './freshness.ts'
import { bucketsAround } from './histogram.ts'
import { NODE_FAMILIES, NodeSeries } from './node-series.ts'
import { registerProcessMetrics } from './process-metrics.ts'

/** How many are there in the cluster, and of how many of those there is something to serve right now. */
export interface Coverage {
  readonly known: number
  readonly served: number
}

export interface MetricsParts {
  readonly clock: Pick<Clock, 'wallMs'>
  readonly version: string
  readonly metricResolutionMs: number
  /** Samples in the store. */
  storagePoints(): { readonly nodes: number; readonly containers: number }
  coverage(): { readonly nodes: Coverage; readonly pods: Coverage }
  /** Those in use now. */
  certificates(): readonly CertificateInUse[]
  /** What other rooms count. */
  readonly families: readonly Family[]
}

/** This server's own metrics. */
export interface Metrics {
  /** A kubelet was asked: how long it took, and why it failed (a word), `undefined` when it did not. */
  asked(node: string, seconds: number, failure: string | undefined): void
  /** So many samples of a kubelet's answer were left out for this reason, a word of few. */
  rejected(reason: string, count: number): void
  /** The node is gone, and its series with it. */
  forget(node: string): void
  /** Every node was asked once: how long that took. */
  round(seconds: number): void
  /** An object was served whose sample is this old. */
  freshness(ageSeconds: number): void
  /** All of them in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
  /** What there is, for the documentation. */
  describe(): readonly MetricDescription[]
}

export interface MetricDescription {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labels: readonly string[]
}

/**
 * Makes the metrics on a registry of their own. Names, types, help and buckets of `metrics_server_*` are the Go
 * server's where it has them (pkg/scraper, pkg/server, pkg/storage, pkg/api of kubernetes-sigs/metrics-server).
 */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry()
  const nodes = new NodeSeries()
  const freshness = createFreshnessHistogram()
  for (const { metric } of [freshness, ...parts.families]) registry.registerMetric(metric)
  const requests = registerRequests(registry)
  const ticks = new Histogram({
    name: 'metrics_server_manager_tick_duration_seconds',
    help: '[ALPHA] The total time spent collecting and storing metrics in seconds.',
    buckets: bucketsAround(parts.metricResolutionMs / 1000),
    registers: [registry],
  })
  const rejected = registerRejected(registry)
  registerStore(registry, parts)
  registerCertificateExpiry(registry, () => parts.certificates())
  registerProcessMetrics(registry, parts.clock)

  return {
    asked(node, seconds, failure) {
      const word = failure === undefined ? undefined : requests.wordFor(failure)
      nodes.asked(node, seconds, Math.floor(parts.clock.wallMs() / 1000), word)
      requests.count(word)
    },
    rejected: (reason, count) => rejected.inc({ reason }, count),
    forget: (node) => nodes.forget(node),
    round: (seconds) => ticks.observe(seconds),
    freshness: (ageSeconds) => freshness.observe(ageSeconds),
    text: async () => [await registry.metrics(), ...(await nodes.pieces())].join(''),
    contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    describe: () => describe(registry),
  }
}

function registerRejected(registry: Registry): Counter {
  const rejected = new Counter({
    name: 'kubelet_samples_rejected_total',
    help: 'Number of samples of kubelets that were left out, because they contradict earlier ones or are more than the node has.',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of REJECTION_REASONS) rejected.inc({ reason }, 0)
  return rejected
}

/** Words for causes of failures: the first ones that come, of a tame form; the rest is "other". */
const MAX_CAUSES = 32
const CAUSE = /^[a-zA-Z][\w-]{0,39}$/

interface KubeletRequests {
  /** The word that a failure is counted under. */
  wordFor(failure: string): string
  count(cause: string | undefined): void
}

function registerRequests(registry: Registry): KubeletRequests {
  const total = new Counter({
    name: 'metrics_server_kubelet_request_total',
    help: '[ALPHA] Number of requests sent to Kubelet API',
    labelNames: ['success'],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'metrics_server_kubelet_failures_total',
    help: 'Number of requests to kubelets that failed, by cause.',
    labelNames: ['cause'],
    registers: [registry],
  })
  const causes = new Set<string>()
  for (const success of ['true', 'false']) total.inc({ success }, 0)

  return {
    wordFor(failure) {
      if (causes.has(failure)) return failure
      if (causes.size >= MAX_CAUSES || !CAUSE.test(failure)) return 'other'
      causes.add(failure)
      return failure
    },
    count(cause) {
      total.inc({ success: cause === undefined ? 'true' : 'false' })
      if (cause !== undefined) failures.inc({ cause })
    },
  }
}

function registerStore(registry: Registry, parts: MetricsParts): void {
  new Gauge({
    name: 'metrics_server_storage_points',
    help: '[ALPHA] Number of metrics points stored.',
    labelNames: ['type'],
    registers: [registry],
    collect() {
      const { nodes, containers } = parts.storagePoints()
      this.set({ type: 'container' }, containers)
      this.set({ type: 'node' }, nodes)
    },
  })
  for (const what of ['nodes', 'pods'] as const) {
    new Gauge({
      name: `metrics_server_${what}`,
      help: `Number of ${what}: known from the API server, served right now, missing (known, but nothing to serve).`,
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { known, served } = parts.coverage()[what]
        this.set({ state: 'known' }, known)
        this.set({ state: 'served' }, served)
        this.set({ state: 'missing' }, Math.max(0, known - served))
      },
    })
  }
  new Gauge({
    name: 'metrics_server_build_info',
    help: 'Version of this server; always 1.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: parts.version }, 1)
}

/** What prom-client keeps of every metric, though its types do not tell. */
interface Registered {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labelNames: readonly string[]
}

function describe(registry: Registry): MetricDescription[] {
  const registered = registry.getMetricsAsArray() as unknown as Registered[]
  const plain = registered.map(({ name, type, help, labelNames }) => ({ name, type, help, labels: labelNames }))
  return [...plain, ...NODE_FAMILIES].sort((a, b) => (a.name < b.name ? -1 : 1))
}
