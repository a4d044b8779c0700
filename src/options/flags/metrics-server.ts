import { flag } from '../flag.ts'
import { bool, duration, string, withinTimer } from '../kinds.ts'

/**
 * kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/options.go; `sample-retention`,
 * `expose-resource-metrics` and `help` are ours.
 */
export const metricsServer = {
  help: flag({ name: 'help', short: 'h', kind: bool, default: false, help: 'Print this list of flags and exit.' }),
  version: flag({ name: 'version', kind: bool, default: false, help: 'Print the version and exit.' }),
  kubeconfig: flag({
    name: 'kubeconfig',
    kind: string,
    default: '',
    help: 'File with the credentials for the Kubernetes API server and the kubelets. Without it, those of the pod itself (in-cluster).',
  }),
  metricResolution: flag({
    name: 'metric-resolution',
    kind: duration,
    default: 60_000,
    help: 'How often every kubelet is scraped, at least 10s.',
    check: withinTimer,
  }),
  exposeResourceMetrics: flag({
    name: 'expose-resource-metrics',
    kind: bool,
    default: false,
    help: "Serve the samples of all nodes and containers, with their counters, under the kubelet's own metric names at the path /metrics/resource, to clients that may get that path.",
  }),
  sampleRetention: flag({
    name: 'sample-retention',
    kind: duration,
    default: 0,
    help: 'How long the last sample of a node that stopped answering is still served, with its true timestamp; at least one metric resolution. 0 means three metric resolutions.',
  }),
}
