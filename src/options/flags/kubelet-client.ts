import { flag } from '../flag.ts'
import { bool, duration, int, labelSelector, port, positiveWithinTimer, string, strings, word } from '../kinds.ts'

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
