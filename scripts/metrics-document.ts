import { type Clock, createSystemClock } from '../src/model/clock.ts'
import { createAccounts } from '../src/telemetry/accounts.ts'
import { createMetrics, type MetricDescription } from '../src/telemetry/metrics.ts'
import { RESOURCE_FAMILIES, SCRAPE_ERROR } from '../src/telemetry/resource-metrics.ts'

const HEAD = ['| name | type | labels | stability | |', '|---|---|---|---|---|']

function row({ name, type, labels, help }: MetricDescription): string {
  const named = labels.map((label) => `\`${label}\``).join(', ')
  const [, stability = '', said = help] = /^\[(\w+)\] (.*)$/s.exec(help) ?? []
  return `| \`${name}\` | ${type} | ${named} | ${stability.toLowerCase()} | ${said} |`
}

function resourceSection(): string[] {
  return [
    '## At /metrics/resource',
    '',
    'With `--expose-resource-metrics`, and only then: what every kubelet told last, in its own metric names with the label',
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
    '- A node is told for `--sample-retention` after its last answer; then its `resource_scrape_error` is 1.',
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

/** The registry of a server that knows of nothing, for what it says of its metrics. */
export function metricsOfNothing(clock: Clock): ReturnType<typeof createMetrics> {
  const none = { known: 0, served: 0 }
  return createMetrics({
    clock,
    version: '',
    metricResolutionMs: 60_000,
    storagePoints: () => ({ nodes: 0, containers: 0 }),
    coverage: () => ({ nodes: none, pods: none }),
    families: createAccounts(clock).families,
    certificates: () => [],
  })
}

/** docs/metrics.md, from the registry that serves them. */
export function metricsDocument(): string {
  const metrics = metricsOfNothing(createSystemClock())
  return [
    '# Metrics of this server',
    '',
    'Generated from the registry by `npm run generate`: do not edit.',
    '',
    'Served at `/metrics` to whoever may `get` the path `/metrics`, in the text format of Prometheus. A dashboard, alert rules',
    'and what lets Prometheus in are in [manifests/monitoring](../manifests/monitoring/README.md).',
    '',
    '- **Stability** is what Kubernetes promises of the metrics that are known by the same name, labels, type and buckets in its',
    '  own servers and in the Go metrics-server: a stable one stays. Those without a word are of this server alone; a change',
    '  to one is named in the change log.',
    '- Series of a node go away with the node. No label is the word of a client: verbs, resources, paths, users and methods',
    '  come out of fixed sets, and what is not in them shares one series.',
    '- `apiserver_*` count every answer to a proper request. kube-apiserver counts none that is refused for want of',
    '  authentication or authorization. The duration ends when the answer is handed to the connection.',
    '- `authentication_attempts` has `error` for whoever shows a certificate or token that proves nobody, as kube-apiserver does.',
    '- `rest_client_*` are about the requests to the API server, `metrics_server_kubelet_*` about those to kubelets.',
    '',
    ...HEAD,
    ...metrics.describe().map(row),
    '',
    ...resourceSection(),
  ].join('\n')
}
