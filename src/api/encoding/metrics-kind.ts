import type { Labels } from '../../kubernetes/labels.ts'
import { bytesQuantity, cpuQuantity } from '../../kubernetes/quantity.ts'
import type { ContainerUsage, NodeUsage, PodUsage, Usage } from '../../model/usage.ts'
import type { ReverseWriter } from './reverse-writer.ts'
import { jsonString } from './text.ts'

export const METRICS_API_VERSION = 'metrics.k8s.io/v1beta1'

/** What the metadata of a served object is made of: a NodeRecord, or a PodRecord, which has a namespace. */
export interface MetricsRecord {
  readonly name: string
  readonly namespace?: string
  readonly labels: Labels
}

/** What NodeUsage and PodUsage have in common. */
export interface MetricsSample {
  readonly timestampMs: number
  readonly windowMs: number
}

/** An object of a list: what it is and what it uses. */
export interface MetricsItem<R, S> {
  readonly record: R
  readonly metrics: S
}

/** A kind of metrics.k8s.io/v1beta1: what it has beside metadata, timestamp and window, which both kinds have. */
export interface MetricsKind<S extends MetricsSample> {
  readonly kind: 'NodeMetrics' | 'PodMetrics'
  readonly listKind: 'NodeMetricsList' | 'PodMetricsList'
  /** The last field as JSON, key and value. */
  contentJson(sample: S): string
  /** The last field, number 4, as protobuf. */
  writeContent(writer: ReverseWriter, sample: S): void
  /** What a table shows: the whole usage. */
  total(sample: S): Usage
}

export const EPHEMERAL_STORAGE = 'ephemeral-storage'

/** A usage as resource names and quantities, in the order of the names. */
export function resourcesOf(usage: Usage): [name: string, quantity: string][] {
  const resources: [string, string][] = [['cpu', cpuQuantity(usage.cpuNanocores)]]
  if (usage.ephemeralStorageBytes !== undefined) {
    resources.push([EPHEMERAL_STORAGE, bytesQuantity(usage.ephemeralStorageBytes)])
  }
  resources.push(['memory', bytesQuantity(usage.memoryBytes)])
  if (usage.swapBytes !== undefined) resources.push(['swap', bytesQuantity(usage.swapBytes)])
  return resources
}

function usageJson(usage: Usage): string {
  const swap = usage.swapBytes === undefined ? '' : `,"swap":"${bytesQuantity(usage.swapBytes)}"`
  const { ephemeralStorageBytes: bytes } = usage
  const storage = bytes === undefined ? '' : `,"${EPHEMERAL_STORAGE}":"${bytesQuantity(bytes)}"`
  return `"usage":{"cpu":"${cpuQuantity(usage.cpuNanocores)}"${storage},"memory":"${bytesQuantity(usage.memoryBytes)}"${swap}}`
}

function writeResource(writer: ReverseWriter, field: number, name: string, quantity: string): void {
  const end = writer.length
  const quantityEnd = writer.length
  writer.string(1, quantity)
  writer.message(2, quantityEnd)
  writer.string(1, name)
  writer.message(field, end)
}

function writeUsage(writer: ReverseWriter, field: number, usage: Usage): void {
  if (usage.swapBytes !== undefined) writeResource(writer, field, 'swap', bytesQuantity(usage.swapBytes))
  writeResource(writer, field, 'memory', bytesQuantity(usage.memoryBytes))
  if (usage.ephemeralStorageBytes !== undefined)
    writeResource(writer, field, EPHEMERAL_STORAGE, bytesQuantity(usage.ephemeralStorageBytes))
  writeResource(writer, field, 'cpu', cpuQuantity(usage.cpuNanocores))
}

const containerJson = ({ name, usage }: ContainerUsage): string => `{"name":${jsonString(name)},${usageJson(usage)}}`

function sum(containers: readonly ContainerUsage[]): Usage {
  let [cpuNanocores, memoryBytes] = [0, 0]
  let swapBytes: number | undefined
  // Not known of the pod where it is not known of each container: a part would pass for the whole.
  let ephemeralStorageBytes: number | undefined = 0
  for (const { usage } of containers) {
    cpuNanocores += usage.cpuNanocores
    memoryBytes += usage.memoryBytes
    if (usage.swapBytes !== undefined) swapBytes = (swapBytes ?? 0) + usage.swapBytes
    if (usage.ephemeralStorageBytes === undefined) ephemeralStorageBytes = undefined
    else if (ephemeralStorageBytes !== undefined) ephemeralStorageBytes += usage.ephemeralStorageBytes
  }
  return { cpuNanocores, memoryBytes, swapBytes, ephemeralStorageBytes }
}

export const NODE_METRICS: MetricsKind<NodeUsage> = {
  kind: 'NodeMetrics',
  listKind: 'NodeMetricsList',
  contentJson: ({ usage }) => usageJson(usage),
  writeContent: (writer, { usage }) => writeUsage(writer, 4, usage),
  total: ({ usage }) => usage,
}

export const POD_METRICS: MetricsKind<PodUsage> = {
  kind: 'PodMetrics',
  listKind: 'PodMetricsList',
  contentJson: ({ containers }) => `"containers":[${containers.map(containerJson).join(',')}]`,
  writeContent(writer, { containers }) {
    for (let i = containers.length - 1; i >= 0; i--) {
      const container = containers[i]
      if (container === undefined) continue
      const end = writer.length
      writeUsage(writer, 2, container.usage)
      writer.string(1, container.name)
      writer.message(4, end)
    }
  },
  total: ({ containers }) => sum(containers),
}
