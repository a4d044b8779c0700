import { createSystemClock } from '../src/model/clock.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'

/** docs/metrics.md, from the registry that serves them. */
export function metricsDocument(): string {
  const none = { known: 0, served: 0 }
  const metrics = createMetrics({
    clock: createSystemClock(),
    version: '',
    metricResolutionMs: 60_000,
    storagePoints: () => ({ nodes: 0, containers: 0 }),
    coverage: () => ({ nodes: none, pods: none }),
    certificates: () => [],
  })
  const rows = metrics.describe().map(({ name, type, labels, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${type} | ${named} | ${help.replace(/^\[\w+\] /, '')} |`
  })
  return [
    '# Metrics of this server',
    '',
    'Generated from the registry by `npm run generate`: do not edit.',
    '',
    'Served at `/metrics` to whoever may `get` the path `/metrics`, in the text format of Prometheus. Names, types, labels and',
    'buckets of `metrics_server_kubelet_request_*`, `metrics_server_kubelet_last_request_time_seconds`,',
    '`metrics_server_manager_tick_duration_seconds`, `metrics_server_api_metric_freshness_seconds` and',
    '`metrics_server_storage_points` are those of the Go metrics-server. Series of a node go away with the node.',
    '',
    '| name | type | labels | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
