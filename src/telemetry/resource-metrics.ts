import { escapeLabel } from './histogram.ts'

type Figure = 'startTimeMs' | 'cpuNanoseconds' | 'workingSetBytes' | 'swapBytes' | 'swapLimitBytes'

/** What the kubelets told last, each figure with the time that it was sampled at, milliseconds since the epoch. */
export interface ToldSource {
  /** The nodes that there is something of. */
  answering(): readonly string[]
  told(node: string, figure: Figure): { readonly value: number; readonly timestampMs: number } | undefined
  tellContainers(
    node: string,
    figure: Figure,
    take: (namespace: string, pod: string, container: string, value: number, timestampMs: number) => void,
  ): void
}

export interface ResourceMetricsParts {
  readonly source: ToldSource
  /** The names of all nodes that are asked. */
  nodes(): readonly string[]
}

/** The text of /metrics/resource, to be sent as it is made. */
export interface ResourceMetricsText {
  readonly contentType: string
  pieces(): Generator<Buffer>
}

/** A metric of the kubelet. Those of containers and nodes have the same figures behind them. */
interface ResourceFamily {
  readonly name: string
  readonly of: 'node' | 'container'
  readonly figure: Figure
  readonly type: 'counter' | 'gauge'
  readonly labels: readonly string[]
  /** What one of the figure is in the metric's unit. */
  readonly divisor: number
  readonly help: string
}

const NANOSECONDS = 1e9
const MILLISECONDS = 1000

/** kubernetes/kubernetes, pkg/kubelet/metrics/collectors/resource_metrics.go, as far as the store keeps what is behind it. */
export const RESOURCE_FAMILIES: readonly ResourceFamily[] = [
  family(
    'node_cpu_usage_seconds_total',
    'cpuNanoseconds',
    '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
  ),
  family('node_memory_working_set_bytes', 'workingSetBytes', '[STABLE] Current working set of the node in bytes'),
  family(
    'node_swap_usage_bytes',
    'swapBytes',
    '[ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems',
  ),
  family(
    'container_start_time_seconds',
    'startTimeMs',
    '[STABLE] Start time of the container since unix epoch in seconds',
  ),
  family(
    'container_cpu_usage_seconds_total',
    'cpuNanoseconds',
    '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
  ),
  family(
    'container_memory_working_set_bytes',
    'workingSetBytes',
    '[STABLE] Current working set of the container in bytes',
  ),
  family(
    'container_swap_usage_bytes',
    'swapBytes',
    '[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems',
  ),
  family(
    'container_swap_limit_bytes',
    'swapLimitBytes',
    '[ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems',
  ),
]

/** 1 of each node that is asked and of which there is nothing to tell. */
export const SCRAPE_ERROR = {
  name: 'resource_scrape_error',
  type: 'gauge',
  labels: ['node'],
  help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
} as const

function family(name: string, figure: Figure, help: string): ResourceFamily {
  const divisor = figure === 'cpuNanoseconds' ? NANOSECONDS : figure === 'startTimeMs' ? MILLISECONDS : 1
  const of = name.startsWith('node_') ? 'node' : 'container'
  const labels = of === 'node' ? ['node'] : ['container', 'namespace', 'node', 'pod']
  return { name, of, figure, type: name.endsWith('_total') ? 'counter' : 'gauge', labels, divisor, help }
}

/** A piece is given once it has this many characters: a millisecond or two of work. */
const PIECE_LENGTH = 128 * 1024

/** A label's value: nearly all are names that need no escaping. */
const textOf = (value: string): string => (/[\\"\n]/.test(value) ? escapeLabel(value) : value)

/** As the kubelet has it, a start has no timestamp of its own: it does not change. */
const timeOf = ({ figure }: ResourceFamily, timestampMs: number): string =>
  figure === 'startTimeMs' || !Number.isFinite(timestampMs) ? '' : ` ${Math.round(timestampMs)}`

/** What of one node belongs to a family. */
function writeNode(node: string, one: ResourceFamily, source: ToldSource, lines: string[]): void {
  const label = textOf(node)
  const { name, figure, divisor } = one
  if (one.of === 'node') {
    const told = source.told(node, figure)
    if (told === undefined) return
    lines.push(`${name}{node="${label}"} ${told.value / divisor}${timeOf(one, told.timestampMs)}\n`)
    return
  }
  source.tellContainers(node, figure, (namespace, pod, container, value, timestampMs) => {
    const labels = `container="${textOf(container)}",namespace="${textOf(namespace)}",node="${label}",pod="${textOf(pod)}"`
    lines.push(`${name}{${labels}} ${value / divisor}${timeOf(one, timestampMs)}\n`)
  })
}

function* familyPieces(
  head: { readonly name: string; readonly type: string; readonly help: string },
  nodes: readonly string[],
  write: (node: string, lines: string[]) => void,
): Generator<Buffer> {
  let lines = [`# HELP ${head.name} ${head.help}\n# TYPE ${head.name} ${head.type}\n`]
  let length = 0
  for (const node of nodes) {
    const from = lines.length
    write(node, lines)
    for (let i = from; i < lines.length; i++) length += lines[i]?.length ?? 0
    if (length < PIECE_LENGTH) continue
    yield Buffer.from(lines.join(''))
    lines = []
    length = 0
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''))
}

/**
 * The current figures of every node and container as the kubelets told them, in the kubelet's metric names with the node
 * as one label more. The format wants all series of a metric in one place, so the cluster is walked once for each; of a
 * cluster of 150,000 pods that is 200 MB, which never is in memory as a whole. Between two pieces other things
 * are done, and change: a node that is gone by then is left out, and no pod is told twice by one node.
 */
export function createResourceMetrics(
  { source, nodes }: ResourceMetricsParts,
  contentType: string,
): ResourceMetricsText {
  return {
    contentType,
    *pieces() {
      const answering = source.answering()
      for (const one of RESOURCE_FAMILIES) {
        yield* familyPieces(one, answering, (node, lines) => writeNode(node, one, source, lines))
      }
      const known = new Set(answering)
      yield* familyPieces(SCRAPE_ERROR, nodes(), (node, lines) => {
        lines.push(`${SCRAPE_ERROR.name}{node="${textOf(node)}"} ${known.has(node) ? 0 : 1}\n`)
      })
    },
  }
}
