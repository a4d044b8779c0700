import { createSystemClock } from '../src/model/clock.ts'
import { createAccounts } from '../src/telemetry/accounts.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'

/** docs/metrics.md, from the registry that serves them. */
export function metricsDocument(): string {
  const none = { known: 0, served: 0 }
  const clock = createSystemClock()
  const metrics = createMetrics({
    clock,
    version: '',
    metricResolutionMs: 60_000,
    storagePoints: () => ({ nodes: 0, containers: 0 }),
    coverage: () => ({ nodes: none, pods: none }),
    families: createAccounts(clock).families,
  })
  const rows = metrics.describe().map(({ name, type, labels, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ')
    const [, stability = '', said = help] = /^\[(\w+)\] (.*)$/s.exec(help) ?? []
    return `| \`${name}\` | ${type} | ${named} | ${stability.toLowerCase()} | ${said} |`
  })
  return [
    '# Metrics of this server',
    '',
    'Generated from the registry by `npm run generate`: do not edit.',
    '',
    'Served at `/metrics` to whoever may `get` the path `/metrics`, in the text format of Prometheus.',
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
    '| name | type | labels | stability | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
