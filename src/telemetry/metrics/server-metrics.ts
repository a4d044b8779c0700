import type { RequestMetrics } from '../../api/options.ts'
import type { RequestObserver } from '../../cluster/client/request-sender.ts'
import type { Clock } from '../../model/clock.ts'
import type { Coverage } from '../../model/usage.ts'
import { type CertificateInUse, registerCertificateExpiry } from '../certificate-expiry.ts'
import type { ScrapeObserver } from '../../scrape/node-loop.ts'
import { type AccessMetrics, createAccessMetrics } from './access-metrics.ts'
import { createKubeletMetrics } from './kubelet-metrics.ts'
import { registerProcessMetrics } from './process-metrics.ts'
import { exponentialBuckets, type Histogram, MetricsRegistry } from './registry.ts'
import { createRequestMetrics } from './request-metrics.ts'
import { createRestClientMetrics } from './rest-client-metrics.ts'

/** This server's own metrics, by what counts them. */
export interface ServerMetrics {
  readonly registry: MetricsRegistry
  readonly scrapes: ScrapeObserver
  readonly requests: RequestMetrics
  readonly access: AccessMetrics
  readonly restClient: RequestObserver
  /** Takes the age of every object served, seconds; one list may serve 30,000. */
  readonly freshness: Histogram
}

export interface ServerMetricsParts {
  readonly clock: Clock
  readonly version: string
  readonly resolutionMs: number
}

/** The metrics of this server, without those of {@link registerClusterMetrics}. */
export function createServerMetrics(parts: ServerMetricsParts): ServerMetrics {
  const { clock, version } = parts
  const registry = new MetricsRegistry()
  registry.collect(
    'gauge',
    { name: 'metrics_api_build_info', help: 'Version of this server; always 1.', labels: ['version'] },
    () => [[[version], 1]],
  )
  registerProcessMetrics(registry, clock)
  return {
    registry,
    scrapes: createKubeletMetrics(registry, parts),
    requests: createRequestMetrics(registry, clock),
    access: createAccessMetrics(registry),
    restClient: createRestClientMetrics(registry),
    // kubernetes-sigs/metrics-server, pkg/api/monitoring.go.
    freshness: registry.histograms(
      {
        name: 'metrics_server_api_metric_freshness_seconds',
        help: '[ALPHA] Freshness of metrics exported',
        labels: [],
      },
      exponentialBuckets(1, 1.364, 20),
    )(),
  }
}

/** What metrics read of the rest of the server at each scrape. */
export interface ClusterMetricsParts {
  /** How many samples the store has. */
  storagePoints(): { readonly nodes: number; readonly containers: number }
  coverage(): Coverage
  certificates(): readonly CertificateInUse[]
}

/** The gauges of what is stored, served and in use now. */
export function registerClusterMetrics(registry: MetricsRegistry, parts: ClusterMetricsParts): void {
  registry.collect(
    'gauge',
    // kubernetes-sigs/metrics-server, pkg/storage/monitoring.go.
    {
      name: 'metrics_server_storage_points',
      help: '[ALPHA] Number of metrics points stored.',
      labels: ['type'],
    },
    () => {
      const { nodes, containers } = parts.storagePoints()
      return [
        [['container'], containers],
        [['node'], nodes],
      ]
    },
  )
  for (const what of ['nodes', 'pods'] as const) {
    registry.collect(
      'gauge',
      {
        name: `metrics_api_${what}`,
        help: `Number of ${what}: known from the API server, served right now, missing (known, but nothing to serve).`,
        labels: ['state'],
      },
      () => {
        const { known, served } = parts.coverage()[what]
        return [
          [['known'], known],
          [['served'], served],
          [['missing'], Math.max(0, known - served)],
        ]
      },
    )
  }
  registerCertificateExpiry(registry, () => parts.certificates())
}
