import { auditLog, authentication, authorization, features, generic, secureServing } from './apiserver-flags.ts'
import {
  type AnyFlag,
  bool,
  duration,
  flag,
  ignored,
  int,
  labelSelector,
  level,
  offAsAlpha,
  port,
  positiveWithinTimer,
  quantity,
  type Section,
  section,
  string,
  strings,
  type Values,
  verbosityPatterns,
  withinTimer,
  word,
} from './flag.ts'

/** Resources beside CPU, memory and swap, by their names in the API. */
export const EXTRA_RESOURCES = ['ephemeral-storage'] as const

/**
 * kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/options.go; `sample-retention`, `expose-resource-metrics`,
 * `extra-resources`, `extra-resources-resolution` and `help` are ours.
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
  extraResources: flag({
    name: 'extra-resources',
    kind: strings,
    default: [],
    help: `Serve the usage of these resources too. Known: ${EXTRA_RESOURCES.join(', ')} (a container's writable layer and logs, a node's root filesystem), which needs the whole Summary of each kubelet now and then.`,
  }),
  extraResourcesResolution: flag({
    name: 'extra-resources-resolution',
    kind: duration,
    default: 60_000,
    help: 'How often the resources of --extra-resources are scraped, at least --metric-resolution; a value that is not renewed is served for three times as long.',
    check: positiveWithinTimer,
  }),
  sampleRetention: flag({
    name: 'sample-retention',
    kind: duration,
    default: 0,
    help: 'How long the last sample of a node that stopped answering is still served, with its true timestamp; at least one metric resolution. 0 means three metric resolutions.',
  }),
}

/**
 * kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/kubelet_client.go; `kubelet-metrics-source` is ours.
 */
export const kubeletClient = {
  insecureTls: flag({
    name: 'kubelet-insecure-tls',
    kind: bool,
    default: false,
    help: "Accept any serving certificate from kubelets, whoever signed it and whatever its name. For tests only: an attacker on the network can then read this server's credentials.",
  }),
  useNodeStatusPort: flag({
    name: 'kubelet-use-node-status-port',
    kind: bool,
    default: false,
    help: "Scrape each kubelet at the port in its node's status, and at --kubelet-port only where the status has none.",
  }),
  port: flag({ name: 'kubelet-port', kind: int, default: 10_250, help: 'Port of the kubelets.', check: port }),
  preferredAddressTypes: flag({
    name: 'kubelet-preferred-address-types',
    kind: strings,
    default: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
    help: 'Types of node addresses to reach kubelets by, best first.',
  }),
  caFile: flag({
    name: 'kubelet-certificate-authority',
    kind: string,
    default: '',
    help: "File with the certificate authorities that kubelets' serving certificates are verified against, in place of the cluster's.",
  }),
  clientKeyFile: flag({
    name: 'kubelet-client-key',
    kind: string,
    default: '',
    help: 'File with the private key of --kubelet-client-certificate.',
  }),
  clientCertFile: flag({
    name: 'kubelet-client-certificate',
    kind: string,
    default: '',
    help: 'File with a client certificate to show to kubelets.',
  }),
  requestTimeout: flag({
    name: 'kubelet-request-timeout',
    kind: duration,
    default: 10_000,
    help: 'Deadline of one request to a kubelet, at most nine tenths of the metric resolution.',
    check: positiveWithinTimer,
  }),
  nodeSelector: flag({
    name: 'node-selector',
    short: 'l',
    kind: string,
    default: '',
    help: 'Label selector: only matching nodes are scraped and served (for example -l key1=value1,key2!=value2).',
    check: labelSelector,
  }),
  completelyInsecure: flag({
    name: 'deprecated-kubelet-completely-insecure',
    kind: bool,
    default: false,
    help: 'DEPRECATED: scrape kubelets over plain HTTP, without credentials. Prefer --kubelet-insecure-tls where certificates are the problem.',
  }),
  metricsSource: flag({
    name: 'kubelet-metrics-source',
    kind: word('auto', 'summary', 'resource'),
    default: 'auto',
    help: 'What to scrape: "summary" is /stats/summary, "resource" is /metrics/resource, "auto" is the Summary, and /metrics/resource of nodes that refuse it.',
  }),
}

const ALPHA = 'Refused while it is alpha in the Go server: leave it at its default.'
const positive = (value: number) => (value > 0 ? undefined : 'must be greater than zero')

/** kubernetes/component-base, logs/api/v1/options.go. */
export const logging = {
  format: flag({
    name: 'logging-format',
    kind: word('text', 'json'),
    default: 'text',
    help: 'Form of the log lines on standard error: "text" as klog writes them, or "json".',
  }),
  verbosity: flag({
    name: 'v',
    short: 'v',
    kind: level,
    default: 0,
    help: 'How much is logged. 0: what operators need; 2: also a line for each scrape cycle, and lists, watches and refused requests; 4: also each scrape and each request.',
  }),
  flushFrequency: ignored('log-flush-frequency', duration, 5000, 'Every line is written at once.', positive),
  vmodule: ignored('vmodule', verbosityPatterns, [], 'Verbosity by source file.'),
  textSplitStream: ignored('log-text-split-stream', bool, false, ALPHA, offAsAlpha),
  textInfoBufferSize: ignored('log-text-info-buffer-size', quantity, '0', ALPHA, offAsAlpha),
  jsonSplitStream: ignored('log-json-split-stream', bool, false, ALPHA, offAsAlpha),
  jsonInfoBufferSize: ignored('log-json-info-buffer-size', quantity, '0', ALPHA, offAsAlpha),
}

/** The table of all flags, in the order of the Go server's `--help`. */
const GROUPS = [
  ['Metrics server flags', metricsServer],
  ['Generic flags', generic],
  ['Kubelet client flags', kubeletClient],
  ['Apiserver secure serving flags', secureServing],
  ['Apiserver authentication flags', authentication],
  ['Apiserver authorization flags', authorization],
  ['Apiserver audit log flags', auditLog],
  ['Features flags', features],
  ['Logging flags', logging],
] as const

/** Every flag, by group. */
export const FLAGS: readonly AnyFlag[] = GROUPS.flatMap(([title, flags]) => section(title, flags).flags)

const effective = GROUPS.map(([title, flags]) => section(title, flags)).map(({ title, flags }) => ({
  title,
  flags: flags.filter((flag) => flag.ignored !== true),
}))

/** What `--help` and docs/flags.md show: those that change nothing come last, together. */
export const SECTIONS: readonly Section[] = [
  ...effective.filter(({ flags }) => flags.length > 0),
  section(
    'Flags of the Go server that are accepted and have no effect here',
    FLAGS.filter(({ ignored }) => ignored === true),
  ),
]

/** A flag with its effective value. */
export interface EffectiveFlag {
  /** Without dashes. */
  readonly name: string
  /** As pflag writes a value of its type. No flag holds a secret: credentials are given as files, by their paths. */
  readonly value: string
  readonly default: string
  /** On the command line, be it with the value of its default. */
  readonly given: boolean
  /** Taken for the Go server's sake, without effect here. */
  readonly ignored: boolean
}

/** Every flag with its value, by name. */
export function effectiveFlags(values: Values, flags: readonly AnyFlag[]): EffectiveFlag[] {
  const all = flags.map((flag) => ({
    name: flag.name,
    value: flag.kind.text(values.of(flag)),
    default: flag.kind.text(flag.default),
    given: values.isGiven(flag),
    ignored: flag.ignored === true,
  }))
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A flag with its short form and the word for its value: "-l, --node-selector string". */
export function usageOf(flag: AnyFlag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const type = flag.kind.typeName === '' ? '' : ` ${flag.kind.typeName}`
  return `${short}--${flag.name}${type}`
}

function sectionText({ title, flags }: Section): string {
  const width = Math.max(...flags.map((flag) => usageOf(flag).length))
  const lines = flags.map((flag) => {
    const shown = flag.kind.show(flag.default)
    const help = flag.help.replaceAll('\n', `\n${' '.repeat(width + 5)}`)
    return `  ${usageOf(flag).padEnd(width)}   ${help}${shown === '' ? '' : ` (default ${shown})`}`
  })
  return `${title}:\n\n${lines.join('\n')}\n`
}

const HEAD = `Serves CPU and memory usage of nodes and pods as the API metrics.k8s.io of Kubernetes.

Usage:
  metrics-server [flags]
  metrics-server doctor [flags]    finds what keeps metrics from being served, and how to fix it
`

/** The text of `--help`, laid out as pflag does (spf13/pflag, FlagUsages; component-base, cli/flag/sectioned.go). */
export function helpText(sections: readonly Section[], head = HEAD): string {
  return [head, ...sections.map(sectionText)].join('\n')
}
