import type { Labels } from '../kubernetes/labels.ts'

/** A node's address types, in the words of the Kubernetes API (`status.addresses[].type`). */
export type AddressType = 'Hostname' | 'InternalDNS' | 'InternalIP' | 'ExternalDNS' | 'ExternalIP'

export interface NodeAddress {
  readonly type: string
  readonly address: string
}

/** What a machine has (`status.capacity` of its Node); `undefined` where the Node does not say it. */
export interface NodeCapacity {
  readonly cpuNanocores: number | undefined
  readonly memoryBytes: number | undefined
}

/** What is kept of a Node: enough to reach its kubelet and to serve its NodeMetrics. */
export interface NodeRecord {
  readonly name: string
  readonly uid: string
  readonly labels: Labels
  readonly addresses: readonly NodeAddress[]
  /** `status.daemonEndpoints.kubeletEndpoint.Port`, when the node has said it. */
  readonly kubeletPort: number | undefined
  /** Annotation `metrics.k8s.io/resource-metrics-path`: ask this path in the exposition format, never the Summary. */
  readonly resourceMetricsPath: string | undefined
  readonly capacity?: NodeCapacity | undefined
}

/** What is kept of a running Pod (metadata only). */
export interface PodRecord {
  readonly namespace: string
  readonly name: string
  /** As its kubelet knows it: for the mirror of a static pod that is not `metadata.uid`. */
  readonly uid: string
  readonly labels: Labels
}
