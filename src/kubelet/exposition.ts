import type { ContainerSample, NodeSample, ResourceSample } from '../model/sample.ts'
import { packSamples } from '../model/sample-rows.ts'
import { nanosecondsFromSeconds } from './decimal-seconds.ts'
import { DecodeError, ScrapeReportedError } from './decode-error.ts'
import { type LineCursor, labelText, nextSeries, type SeriesLine } from './exposition-line.ts'
import { NamedList } from './named-list.ts'
import { createNameTable } from './name-table.ts'
import { PodList } from './pod-list.ts'

const METRICS = createNameTable([
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_start_time_seconds',
  'container_swap_usage_bytes',
  'node_cpu_usage_seconds_total',
  'node_memory_working_set_bytes',
  'node_swap_usage_bytes',
  'resource_scrape_error',
  'scrape_error',
])
const LABELS = createNameTable(['container', 'namespace', 'pod'])
const MAX_COUNT = 2 ** 64

type Draft<T> = { -readonly [K in keyof T]: T[K] }
interface PodDraft {
  readonly namespace: string
  readonly name: string
  readonly list: NamedList<Draft<ContainerSample>>
}

const emptyResource = (): Draft<ResourceSample> => ({
  timeMs: undefined,
  startTimeMs: undefined,
  cpuNanoseconds: undefined,
  cpuNanocores: undefined,
  workingSetBytes: undefined,
  swapBytes: undefined,
  swapAvailableBytes: undefined,
})

/** A gauge of bytes; a fraction of a byte, which some exporters write, is cut off as the Go server does. */
function bytesOf(value: string): number | undefined {
  const bytes = Math.trunc(Number(value))
  return bytes >= 0 && bytes <= MAX_COUNT ? bytes + 0 : undefined
}

function startTimeMs(value: string): number | undefined {
  const ms = Math.round(Number(value) * 1000)
  return ms >= 0 && Number.isSafeInteger(ms) ? ms + 0 : undefined
}

const timestampOf = ({ timestampMs }: SeriesLine): number | undefined =>
  timestampMs !== undefined && timestampMs >= 0 && Number.isSafeInteger(timestampMs) ? timestampMs + 0 : undefined

/** Takes a series of a container or a node. The CPU's timestamp is the sample's, another one only in its absence. */
function record(draft: Draft<ResourceSample>, metric: string, series: SeriesLine): void {
  if (metric.endsWith('_cpu_usage_seconds_total')) {
    draft.cpuNanoseconds = nanosecondsFromSeconds(series.value)
    draft.timeMs = timestampOf(series) ?? draft.timeMs
  } else if (metric.endsWith('_memory_working_set_bytes')) {
    draft.workingSetBytes = bytesOf(series.value)
    draft.timeMs ??= timestampOf(series)
  } else if (metric.endsWith('_swap_usage_bytes')) draft.swapBytes = bytesOf(series.value)
  else draft.startTimeMs = startTimeMs(series.value)
}

function containerOf(pods: PodList<PodDraft>, cursor: LineCursor): Draft<ContainerSample> | undefined {
  const [namespace, podName, name] = [
    labelText(cursor, 'namespace'),
    labelText(cursor, 'pod'),
    labelText(cursor, 'container'),
  ]
  if (namespace === '' || podName === '' || name === '') return undefined
  let pod = pods.get(namespace, podName)
  if (pod === undefined) {
    const list = new NamedList<Draft<ContainerSample>>()
    pod = { namespace, name: podName, list }
    pods.put(pod)
  }
  let container = pod.list.get(name)
  if (container === undefined) {
    container = { name, ...emptyResource() }
    pod.list.put(container)
  }
  return container
}

/**
 * Decodes an answer of `/metrics/resource` in the Prometheus text format (kubernetes/kubernetes,
 * pkg/kubelet/metrics/collectors/resource_metrics.go).
 *
 * A value that is infinite, NaN, negative or beyond 64 bit is `undefined`. Of a series that comes twice the last holds.
 * Series of a container without namespace, pod or container name are left out.
 * @throws ScrapeReportedError when the kubelet says that it failed; DecodeError, with the line, for what does not
 * parse, and for a text with none of the metrics that such an answer has.
 */
export function decodeExposition(body: Buffer): NodeSample {
  const cursor: LineCursor = { bytes: body, at: 0, line: 1, labels: [] }
  const pods = new PodList<PodDraft>()
  let node: Draft<ResourceSample> | undefined
  let known = 0
  for (let series = nextSeries(cursor, METRICS, LABELS); series; series = nextSeries(cursor, METRICS, LABELS)) {
    const { metric } = series
    if (metric === undefined) continue
    known++
    if (metric.startsWith('container_')) {
      const container = containerOf(pods, cursor)
      if (container !== undefined) record(container, metric, series)
    } else if (metric.startsWith('node_')) {
      node ??= emptyResource()
      record(node, metric, series)
    } else if (Number(series.value) !== 0) {
      throw new ScrapeReportedError(`the kubelet failed to collect its metrics (${metric} is not 0)`)
    }
  }
  if (known === 0) throw new DecodeError('no metrics of a kubelet: none of the names of /metrics/resource is in it')
  const plain = pods.pods.map(({ namespace, name, list }) => ({
    namespace,
    name,
    uid: undefined,
    containers: packSamples(list.items),
  }))
  return { source: 'resource', nodeName: undefined, node, pods: plain }
}
