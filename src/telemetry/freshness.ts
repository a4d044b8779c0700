import type { Metric } from 'prom-client'
import { bucketOf, exponentialBuckets } from './histogram.ts'

const NAME = 'metrics_server_api_metric_freshness_seconds'

/** A histogram that a registry takes among its own. */
export interface PlainHistogram {
  observe(value: number): void
  readonly metric: Metric
}

/**
 * The age of every object served (kubernetes-sigs/metrics-server, pkg/api/monitoring.go). One list may serve 30,000
 * objects, so an observation is two additions; prom-client's would check labels each time.
 */
export function createFreshnessHistogram(): PlainHistogram {
  const bounds = exponentialBuckets(1, 1.364, 20)
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0

  function values(): { metricName: string; labels: Record<string, string | number>; value: number }[] {
    let count = 0
    const buckets = [...counts].map((own, i) => {
      count += own
      return { metricName: `${NAME}_bucket`, labels: { le: bounds[i] ?? '+Inf' }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${NAME}_sum`, labels: {}, value: sum },
      { metricName: `${NAME}_count`, labels: {}, value: count },
    ]
  }
  const head = { name: NAME, help: '[ALPHA] Freshness of metrics exported', type: 'histogram' }
  // What a Registry uses of a metric: its head and get().
  const metric = { ...head, labelNames: [], get: async () => ({ ...head, values: values() }), reset() {} }
  return {
    observe(value) {
      const i = bucketOf(bounds, value)
      counts[i] = (counts[i] ?? 0) + 1
      sum += value
    },
    metric: metric as unknown as Metric,
  }
}
