import { type Clock, createSystemClock } from '../src/model/clock.ts'
import type { FamilyDescription } from '../src/telemetry/metrics/registry.ts'
import { RESOURCE_FAMILIES, SCRAPE_ERROR } from '../src/telemetry/metrics/resource-metrics.ts'
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
    'With `--expose-resource-metrics`, and only then: what every kubelet reported last, in its own metric names with the label',
    '`node` beside its own. One scrape here stands for one of each node, in places where Prometheus cannot reach the kubelets;',
    'where it can, scrape them: their answers are fresher. It is authorized as a path, like `/metrics`:',
    '',
    '```yaml',
    'rules:',
    '  - nonResourceURLs: [/metrics, /metrics/resource]',
    '    verbs: [get]',
    '```',
    '',
    '- Counters are those that the kubelet keeps, and timestamps those of its samples by the clock of this server, so that',
    '  `rate()` is over true times. Keep `honor_timestamps` on.',
    '- A node is there for `--sample-retention` after its last answer; then its `resource_scrape_error` is 1.',
    '- There is nothing of pods as such (`pod_cpu_usage_seconds_total` and its kin): the store keeps what autoscalers need, and',
    '  a sum over containers is no counter, for it falls when one of them restarts. `sum by (namespace, pod)` of the rates is',
    '  what you want. Limits of swap are there only for nodes that answer with the Summary.',
    '- The text is written while it is sent, so its size costs time, not memory: `npm run bench -- resource`. Prometheus asks',
    '  for it compressed.',
    '',
    ...HEAD,
    ...RESOURCE_FAMILIES.map(row),
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
    'Served at `/metrics` to whoever may `get` the path `/metrics`, in the text format of Prometheus. A dashboard, alert rules',
    'and what lets Prometheus in are in [manifests/monitoring](../manifests/monitoring/README.md).',
    '',
    '- **Stability** is what Kubernetes promises of the metrics that have the same name, labels, type and buckets in its own',
    '  servers and in the Go metrics-server: a stable one stays. Those without a word are of this server alone; a change to one',
    '  is named in the change log.',
    '- The names that begin with `metrics_server_` are exactly the six of the Go server. `metrics_api_*` are about what is served.',
    '- Series of a node go away with the node. No label is the word of a client: verbs, resources, paths, users and methods',
    '  come out of fixed sets, and what is not in them shares one series. A failure is at 0 under each of its causes from the start.',
    '- `apiserver_*` count every answer to a proper request. kube-apiserver counts none that is refused for want of',
    '  authentication or authorization. The duration ends when the answer is handed to the connection.',
    '- `authentication_attempts` has `error` for a client whose certificate or token is not accepted, as kube-apiserver does.',
    '- `rest_client_*` are about the requests to the API server, `kubelet_*` and `metrics_server_kubelet_*` about those to kubelets.',
    '',
    ...HEAD,
    ...metricsOfNothing(createSystemClock()).map(row),
    '',
    ...resourceSection(),
  ].join('\n')
}
