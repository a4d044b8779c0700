import { createHistograms, type Family, type Histogram } from './families.ts'
import { exponentialBuckets } from './histogram.ts'

/** The age of every object served (kubernetes-sigs/metrics-server, pkg/api/monitoring.go). One list may serve 30,000. */
export function createFreshnessHistogram(): Histogram & Family {
  const name = 'metrics_server_api_metric_freshness_seconds'
  const help = '[ALPHA] Freshness of metrics exported'
  const family = createHistograms({ name, help, labelNames: [] }, exponentialBuckets(1, 1.364, 20))
  const all = family.series()
  return { metric: family.metric, observe: (seconds) => all.observe(seconds) }
}
