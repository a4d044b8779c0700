import { type Clock, createSystemClock } from '../src/model/clock.ts'
import type { FamilyDescription } from '../src/telemetry/metrics/registry.ts'
import {
  PRESSURE_FAMILIES,
  RESOURCE_FAMILIES,
  SCRAPE_ERROR,
  STORAGE_FAMILY,
} from '../src/telemetry/metrics/resource-metrics.ts'
import { createServerMetrics, registerClusterMetrics } from '../src/telemetry/metrics/server-metrics.ts'

const HEAD = ['| name | type | labels | stability | |', '|---|---|---|---|---|']

function row({ name, type, labels, help }: FamilyDescription): string {
  const named = labels.map((label) => `\`${label}\``).join(', ')
  const [, stability = '', said = help] = /^\[(\w+)\] (.*)$/s.exec(help) ?? []
  return `| \`${name}\` | ${type} | ${named} | ${stability.toLowerCase()} | ${said} |`
}

function resourceSection(): string[] {
  return [
    '## At /metrics/resource',
    '',
    'With `--expose-resource-metrics` only: what every kubelet reported last, in its own metric names with the label',
    '`node` beside its own. One scrape here replaces one of each node where Prometheus cannot reach the kubelets;',
    'where it can, scrape them: their responses are fresher. It is authorized as a path, like `/metrics`:',
    '',
    '```yaml',
    'rules:',
    '  - nonResourceURLs: [/metrics, /metrics/resource]',
    '    verbs: [get]',
    '```',
    '',
    "- Counters are the kubelet's own. Timestamps are those of its samples by the clock of this server, so that `rate()` is over",
    '  true times. Keep `honor_timestamps` on.',
    '- A node is listed for `--sample-retention` after its last response; then its `resource_scrape_error` is 1.',
    '- There are no metrics of whole pods but pressure (no `pod_cpu_usage_seconds_total`): the store keeps what autoscalers need, and a',
    '  sum over containers is no counter, since it falls when one of them restarts. Use `sum by (namespace, pod)` of the rates.',
    '  Swap limits exist only for nodes that answer with the Summary.',
    '- `container_ephemeral_storage_usage_bytes` is served with `--extra-resources=ephemeral-storage`, of nodes that answer with the',
    '  Summary. Its timestamp is that of the scrape, up to three times `--extra-resources-resolution` ago.',
    '- `container_pressure_*` is the [pressure stall information](https://docs.kernel.org/accounting/psi.html) of nodes, pods and',
    '  containers, which kubelets have in the Summary since Kubernetes 1.33. The names and labels are those that a kubelet has at',
    '  `/metrics/cadvisor`, because its `/metrics/resource` has none: `container=""` is the whole pod, `pod=""` the whole node. Use',
    '  one of the levels, such as `rate(container_pressure_cpu_waiting_seconds_total{container!=""}[5m])`, since each includes those below it.',
    '  - It is absent where a kubelet does not report it, and where all totals of the node are 0: its kernel does not count (cgroup v1,',
    '    `psi=0`), which kubelets report as 0. `stalled` of the CPU of a node is left out, since the kernel does not define it.',
    '  - Pressure of I/O is in the whole Summary only, which is asked for with `--extra-resources=ephemeral-storage`.',
    '  - The unit of what kubelets report is not fixed: cAdvisor has microseconds, as the kernel, while containerd gives the kubelet',
    '    nanoseconds, as the API says. A total that is no multiple of 1000 is in microseconds; three different ones that are show',
    '    nanoseconds, so that a container may be absent for its first scrapes.',
    '  - A total that falls while its container runs is not served; the one before stays for `--sample-retention`.',
    '- The text is written while it is sent, so its size costs time, not memory: `npm run bench -- resource`. Prometheus',
    '  requests it compressed.',
    '',
    ...HEAD,
    ...RESOURCE_FAMILIES.map(row),
    row(STORAGE_FAMILY),
    ...PRESSURE_FAMILIES.map(row),
    row(SCRAPE_ERROR),
    '',
  ]
}

/** The metrics of a server that knows of nothing, for what it says of them. */
export function metricsOfNothing(clock: Clock): readonly FamilyDescription[] {
  const none = { known: 0, served: 0 }
  const { registry } = createServerMetrics({ clock, version: '', resolutionMs: 60_000 })
  registerClusterMetrics(registry, {
    storagePoints: () => ({ nodes: 0, containers: 0 }),
    coverage: () => ({ nodes: none, pods: none }),
    certificates: () => [],
  })
  return registry.families()
}

/** docs/metrics.md, from the registry that serves them. */
export function metricsDocument(): string {
  return [
    '# Metrics of this server',
    '',
    'Generated from the registry by `npm run generate`: do not edit.',
    '',
    'Served at `/metrics` to whoever may `get` the path `/metrics`, in the text format of Prometheus. [manifests/monitoring](../manifests/monitoring/README.md)',
    'has a dashboard, alert rules and the rights for Prometheus.',
    '',
    '- **Stability** is what Kubernetes promises for the metrics that have the same name, labels, type and buckets in its own',
    '  servers and in the Go metrics-server: a stable one stays. Metrics without stability exist in this server alone; the',
    '  change log has their changes.',
    '- The names that begin with `metrics_server_` are exactly the six of the Go server. `metrics_api_*` are about what is served.',
    '- Series of a node are removed with the node. Labels for verbs, resources, paths, users and methods have fixed sets of values;',
    '  all other values share one series. A failure is at 0 under each of its causes from the start.',
    '- `apiserver_*` count every answer to a proper request. kube-apiserver counts none that authentication or',
    '  authorization refuses. The duration ends when the response is handed to the connection.',
    '- `authentication_attempts` has `error` for a client whose certificate or token is not accepted, as kube-apiserver does.',
    '- `rest_client_*` are about the requests to the API server, `kubelet_*` and `metrics_server_kubelet_*` about those to kubelets.',
    '',
    ...HEAD,
    ...metricsOfNothing(createSystemClock()).map(row),
    '',
    ...resourceSection(),
  ].join('\n')
}
