import type { NodeRecord, PodRecord } from '../../src/model/cluster-objects.ts'
import { parseGoDuration } from '../../src/kubernetes/duration.ts'
import { labelsFrom } from '../../src/kubernetes/labels.ts'
import type { NodeUsage, PodUsage, Usage } from '../../src/model/usage.ts'

interface MetadataJson {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Record<string, string>
}

export interface NodeJson {
  readonly metadata: MetadataJson
  readonly timestamp: string
  readonly window: string
  readonly usage: Record<string, string>
}

export interface PodJson {
  readonly metadata: MetadataJson
  readonly timestamp: string
  readonly window: string
  readonly containers: readonly { readonly name: string; readonly usage: Record<string, string> }[]
}

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G']
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** A quantity in units of its scale's first suffix: nanocores, bytes. */
function quantity(text: string, suffixes: readonly string[], base: number): number {
  const [, digits = '', suffix = ''] = /^(\d+)(\D*)$/.exec(text) ?? []
  return Number(digits) * base ** suffixes.indexOf(suffix)
}

function usageOf(json: Record<string, string>): Usage {
  const { 'ephemeral-storage': storage } = json
  return {
    cpuNanocores: quantity(json.cpu ?? '', DECIMAL, 1000),
    memoryBytes: quantity(json.memory ?? '', BINARY, 1024),
    swapBytes: json.swap === undefined ? undefined : quantity(json.swap, BINARY, 1024),
    ephemeralStorageBytes: storage === undefined ? undefined : quantity(storage, BINARY, 1024),
  }
}

const span = (json: { timestamp: string; window: string }) => ({
  timestampMs: Date.parse(json.timestamp),
  windowMs: parseGoDuration(json.window) ?? Number.NaN,
})

const labelsOf = ({ labels }: MetadataJson) => labelsFrom(Object.entries(labels ?? {}))

/** A node and its usage as a server would hold them that answers with this NodeMetrics. */
export function nodeItem(json: NodeJson): { record: NodeRecord; metrics: NodeUsage } {
  const record: NodeRecord = {
    name: json.metadata.name,
    uid: `uid of ${json.metadata.name}`,
    labels: labelsOf(json.metadata),
    addresses: [],
    kubeletPort: undefined,
    resourceMetricsPath: undefined,
  }
  return { record, metrics: { ...span(json), usage: usageOf(json.usage) } }
}

/** A pod and its usage as a server would hold them that answers with this PodMetrics. */
export function podItem(json: PodJson): { record: PodRecord; metrics: PodUsage } {
  const { name, namespace = '' } = json.metadata
  const record: PodRecord = { name, namespace, uid: `uid of ${name}`, labels: labelsOf(json.metadata) }
  const containers = json.containers.map((container) => ({ name: container.name, usage: usageOf(container.usage) }))
  return { record, metrics: { ...span(json), containers } }
}
