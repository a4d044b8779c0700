import type { ResourceMetrics } from '../../api/options.ts'
import { PRESSURE_RESOURCES, type PressureResource } from '../../model/pressure.ts'
import type { MetricField } from '../../store/entries.ts'
import type { Store } from '../../store/store.ts'
import { escapeLabel, type FamilyDescription, headLines } from './registry.ts'

/** What the kubelets reported last. */
export type ReportedSource = Pick<Store, 'answering' | 'reported' | 'forEachContainer' | 'forEachPressure'>

export interface ResourceMetricsParts {
  readonly source: ReportedSource
  /** The names of all nodes that are scraped. */
  nodes(): readonly string[]
  readonly contentType: string
  /** Ephemeral storage is served. */
  readonly hasStorage?: boolean
}

/** A metric of the kubelet. Those of containers and nodes have the same fields behind them. */
interface ResourceFamily extends FamilyDescription {
  readonly of: 'node' | 'container'
  readonly field: MetricField
  /** What one of the field is in the metric's unit. */
  readonly divisor: number
}

const NANOSECONDS = 1e9
const MILLISECONDS = 1000

/** kubernetes/kubernetes, pkg/kubelet/metrics/collectors/resource_metrics.go, as far as the store keeps what is behind it. */
export const RESOURCE_FAMILIES: readonly ResourceFamily[] = [
  resource(
    'node_cpu_usage_seconds_total',
    'cpuNanoseconds',
    '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
  ),
  resource('node_memory_working_set_bytes', 'workingSetBytes', '[STABLE] Current working set of the node in bytes'),
  resource(
    'node_swap_usage_bytes',
    'swapBytes',
    '[ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems',
  ),
  resource(
    'container_start_time_seconds',
    'startTimeMs',
    '[STABLE] Start time of the container since unix epoch in seconds',
  ),
  resource(
    'container_cpu_usage_seconds_total',
    'cpuNanoseconds',
    '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
  ),
  resource(
    'container_memory_working_set_bytes',
    'workingSetBytes',
    '[STABLE] Current working set of the container in bytes',
  ),
  resource(
    'container_swap_usage_bytes',
    'swapBytes',
    '[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems',
  ),
  resource(
    'container_swap_limit_bytes',
    'swapLimitBytes',
    '[ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems',
  ),
]

/** Served with ephemeral storage only. The kubelet has no metric of it; the name is formed as those of its metrics are. */
export const STORAGE_FAMILY: ResourceFamily = resource(
  'container_ephemeral_storage_usage_bytes',
  'ephemeralStorageBytes',
  "[ALPHA] Ephemeral storage that the container's writable layer and logs use in bytes",
)

/** Pressure stall information of nodes, pods and containers. */
interface PressureFamily extends FamilyDescription {
  readonly resource: PressureResource
  readonly kind: 'some' | 'full'
}

const MICROSECONDS = 1e6

/**
 * cAdvisor's, which the kubelet serves at /metrics/cadvisor (google/cadvisor, metrics/prometheus.go): its /metrics/resource has
 * no pressure, and there is no other upstream name for it.
 */
export const PRESSURE_FAMILIES: readonly PressureFamily[] = PRESSURE_RESOURCES.flatMap((resource) => {
  const congestion = `due to ${resource === 'memory' ? resource : resource.toUpperCase()} congestion.`
  const [type, labels] = ['counter', ['container', 'namespace', 'node', 'pod']] as const
  return [
    {
      name: `container_pressure_${resource}_stalled_seconds_total`,
      help: `Total time duration no tasks in the container could make progress ${congestion}`,
      ...{ type, labels, resource },
      kind: 'full',
    },
    {
      name: `container_pressure_${resource}_waiting_seconds_total`,
      help: `Total time duration tasks in the container have waited ${congestion}`,
      ...{ type, labels, resource },
      kind: 'some',
    },
  ]
})

/** 1 of each node that is scraped and of which nothing is reported. */
export const SCRAPE_ERROR: FamilyDescription = {
  name: 'resource_scrape_error',
  type: 'gauge',
  labels: ['node'],
  help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
}

function resource(name: string, field: MetricField, help: string): ResourceFamily {
  const divisor = field === 'cpuNanoseconds' ? NANOSECONDS : field === 'startTimeMs' ? MILLISECONDS : 1
  const of = name.startsWith('node_') ? 'node' : 'container'
  const labels = of === 'node' ? ['node'] : ['container', 'namespace', 'node', 'pod']
  return { name, of, field, type: name.endsWith('_total') ? 'counter' : 'gauge', labels, divisor, help }
}

/** A chunk is given once it has this many characters: a millisecond or two of work. */
const CHUNK_LENGTH = 128 * 1024

/** As the kubelet has it, a start has no timestamp of its own: it does not change. */
const timeOf = ({ field }: ResourceFamily, timestampMs: number): string =>
  field === 'startTimeMs' || !Number.isFinite(timestampMs) ? '' : ` ${Math.round(timestampMs)}`

/** The lines of one node in a family. */
function writeNode(node: string, one: ResourceFamily, source: ReportedSource, lines: string[]): void {
  const label = escapeLabel(node)
  const { name, field, divisor } = one
  if (one.of === 'node') {
    const reported = source.reported(node, field)
    if (reported === undefined) return
    lines.push(`${name}{node="${label}"} ${reported.value / divisor}${timeOf(one, reported.timestampMs)}\n`)
    return
  }
  source.forEachContainer(node, field, (namespace, pod, container, value, timestampMs) => {
    const labels = containerLabels(namespace, pod, container, label)
    lines.push(`${name}{${labels}} ${value / divisor}${timeOf(one, timestampMs)}\n`)
  })
}

/** As cAdvisor has them, the labels of a pod have no container, and those of a node no pod and no namespace. */
function writePressure(
  node: string,
  { name, resource, kind }: PressureFamily,
  source: ReportedSource,
  lines: string[],
) {
  const label = escapeLabel(node)
  source.forEachPressure(node, resource, kind, (namespace, pod, container, value, timestampMs) => {
    const labels = containerLabels(namespace, pod, container, label)
    lines.push(`${name}{${labels}} ${value / MICROSECONDS} ${Math.round(timestampMs)}\n`)
  })
}

const containerLabels = (namespace: string, pod: string, container: string, escapedNode: string): string =>
  `container="${escapeLabel(container)}",namespace="${escapeLabel(namespace)}",node="${escapedNode}",pod="${escapeLabel(pod)}"`

function* familyChunks(
  family: FamilyDescription,
  nodes: readonly string[],
  write: (node: string, lines: string[]) => void,
): Generator<Buffer> {
  let lines = [headLines(family)]
  let length = 0
  for (const node of nodes) {
    const from = lines.length
    write(node, lines)
    for (let i = from; i < lines.length; i++) length += lines[i]?.length ?? 0
    if (length < CHUNK_LENGTH) continue
    yield Buffer.from(lines.join(''))
    lines = []
    length = 0
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''))
}

/**
 * What the kubelets reported last of every node and container, in the kubelet's metric names with the label `node` beside
 * its own. The format wants all series of a metric in one place, so the cluster is walked once for each metric: the text of
 * 150,000 pods is 200 MB and is never in memory as a whole. Between two chunks the cluster may change: a node that is
 * gone by then is left out, and no pod is reported twice by one node.
 */
export function createResourceMetrics({
  source,
  nodes,
  contentType,
  hasStorage = false,
}: ResourceMetricsParts): ResourceMetrics {
  const families = hasStorage ? [...RESOURCE_FAMILIES, STORAGE_FAMILY] : RESOURCE_FAMILIES
  return {
    contentType,
    *chunks() {
      const answering = source.answering()
      for (const family of families) {
        yield* familyChunks(family, answering, (node, lines) => writeNode(node, family, source, lines))
      }
      for (const family of PRESSURE_FAMILIES) {
        yield* familyChunks(family, answering, (node, lines) => writePressure(node, family, source, lines))
      }
      const known = new Set(answering)
      yield* familyChunks(SCRAPE_ERROR, nodes(), (node, lines) => {
        lines.push(`${SCRAPE_ERROR.name}{node="${escapeLabel(node)}"} ${known.has(node) ? 0 : 1}\n`)
      })
    },
  }
}
