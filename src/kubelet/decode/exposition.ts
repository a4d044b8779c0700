import type { NodeSample, ResourceSample } from '../../model/sample.ts'
import { CPU, START, SWAP, unpackSample, WORKING_SET } from '../../model/sample-rows.ts'
import { type AnswerReader, decodeAtOnce, textStart } from './answer-reader.ts'
import { nanosecondsFromSeconds } from './decimal-seconds.ts'
import { DecodeError, ScrapeReportedError } from './decode-error.ts'
import { type LineCursor, nextSeries, quotedText, type SeriesLine } from './exposition-line.ts'
import { checkContainers, checkPods } from './limits.ts'
import { createNameTable } from './name-table.ts'
import { choiceOf, PodIndex, PodSamples } from './pod-samples.ts'
import { knownTime } from './rfc3339.ts'
import { SeriesRows } from './series-rows.ts'
import { TextMemory } from './text-memory.ts'

/** What is done with the series of a metric. */
interface Metric {
  readonly of: 'container' | 'node'
  readonly column: number
  /** NaN where the value is of no use. */
  readonly parse: (text: string) => number
}

const METRICS: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ['container_cpu_usage_seconds_total', { of: 'container', column: CPU, parse: nanosecondsOf }],
  ['container_memory_working_set_bytes', { of: 'container', column: WORKING_SET, parse: bytesOf }],
  ['container_start_time_seconds', { of: 'container', column: START, parse: startOf }],
  ['container_swap_usage_bytes', { of: 'container', column: SWAP, parse: bytesOf }],
  ['node_cpu_usage_seconds_total', { of: 'node', column: CPU, parse: nanosecondsOf }],
  ['node_memory_working_set_bytes', { of: 'node', column: WORKING_SET, parse: bytesOf }],
  ['node_swap_usage_bytes', { of: 'node', column: SWAP, parse: bytesOf }],
])
const NAMES = createNameTable([...METRICS.keys(), 'resource_scrape_error', 'scrape_error'])
const LABELS = createNameTable(['container', 'namespace', 'pod'])
const MAX_COUNT = 2 ** 64

function nanosecondsOf(text: string): number {
  return nanosecondsFromSeconds(text) ?? Number.NaN
}

/** A gauge of bytes; a fraction of a byte, which some exporters write, is cut off as the Go server does. */
function bytesOf(text: string): number {
  const bytes = Math.trunc(Number(text))
  return bytes >= 0 && bytes <= MAX_COUNT ? bytes + 0 : Number.NaN
}

function startOf(text: string): number {
  return knownTime(Math.round(Number(text) * 1000)) ?? Number.NaN
}

/** The series of a pod; this format has no uids. */
interface PodSeries {
  readonly namespace: string
  readonly name: string
  readonly uid: undefined
  readonly rows: SeriesRows
}

/**
 * Reads an answer of `/metrics/resource` in the Prometheus text format (kubernetes/kubernetes,
 * pkg/kubelet/metrics/collectors/resource_metrics.go). It can be interrupted after each line.
 *
 * A value that is infinite, NaN, negative or beyond 64 bit is `undefined`. Series of a container without namespace or pod
 * are left out; how others are put together is said at {@link SeriesRows} and {@link PodSamples}. The kubelet's own word
 * that it failed is a ScrapeReportedError; what does not parse is a DecodeError with the line, and so is a text with none
 * of the metrics that such an answer has, or one that may be cut (`isWhole`, see {@link LineCursor}).
 */
export class ExpositionReader implements AnswerReader {
  readonly #cursor: LineCursor
  readonly #texts: TextMemory
  readonly #pods: PodSeries[] = []
  readonly #index = new PodIndex(this.#pods)
  readonly #node = new SeriesRows()
  #isKubelets = false
  #rows = 0
  // The labels of the series at hand.
  #namespace = ''
  #pod = ''
  #container = ''
  #others = ''

  constructor(body: Buffer, isWhole: boolean, texts: TextMemory) {
    this.#cursor = { bytes: body, at: textStart(body), line: 1, isWhole, labels: [] }
    this.#texts = texts
  }

  read(until: number): boolean {
    const cursor = this.#cursor
    for (let series = nextSeries(cursor, NAMES, until); series; series = nextSeries(cursor, NAMES, until)) {
      this.#isKubelets = true
      const metric = METRICS.get(series.metric)
      if (metric !== undefined) this.#take(metric, series)
      else if (Number(series.value) !== 0) {
        throw new ScrapeReportedError(`the kubelet failed to collect its metrics (${series.metric} is not 0)`)
      }
    }
    return cursor.at >= cursor.bytes.length
  }

  sample(): NodeSample {
    if (!this.#isKubelets) {
      throw new DecodeError('no metrics of a kubelet: none of the names of /metrics/resource is in it')
    }
    const pods = new PodSamples()
    for (const { namespace, name, rows } of this.#pods) {
      const containers = rows.samples()
      if (containers !== undefined) pods.add(namespace, name, undefined, containers)
      else pods.leaveOut('a container is listed twice, and nothing says which of the two runs', namespace, name)
    }
    return { source: 'resource', nodeName: undefined, node: this.#nodeSample(), ...pods.finish() }
  }

  #take({ of, column, parse }: Metric, series: SeriesLine): void {
    const value = parse(series.value)
    const timeMs = series.timestampMs ?? Number.NaN
    if (of === 'node') {
      this.#node.take('', '', column, value, timeMs)
      return
    }
    this.#readLabels()
    if (this.#namespace === '' || this.#pod === '') return
    const { rows } = this.#podOf(this.#namespace, this.#pod)
    const before = rows.length
    rows.take(this.#container, this.#others, column, value, timeMs)
    this.#rows += rows.length - before
    checkContainers(this.#rows)
  }

  #podOf(namespace: string, name: string): PodSeries {
    const slot = this.#index.slotOf(namespace, name, undefined)
    const known = this.#pods[slot]
    if (known !== undefined) return known
    const pod = { namespace, name, uid: undefined, rows: new SeriesRows() }
    checkPods(this.#pods.push(pod))
    return pod
  }

  /** Of a label that comes twice the last one counts; one without a value is as good as none. */
  #readLabels(): void {
    const { bytes, labels } = this.#cursor
    this.#namespace = this.#pod = this.#container = this.#others = ''
    for (let i = 0; i < labels.length; i += 4) {
      const [start, end, valueStart, valueEnd] = labels.slice(i, i + 4) as [number, number, number, number]
      const name = LABELS.match(bytes, start, end)
      if (name === undefined) {
        if (valueEnd > valueStart) this.#others += `${bytes.toString('latin1', start, valueEnd)}\n`
        continue
      }
      const text = quotedText(this.#cursor, valueStart, valueEnd, this.#texts)
      if (name === 'namespace') this.#namespace = text
      else if (name === 'pod') this.#pod = text
      else this.#container = text
    }
  }

  /** `undefined` where the node's series are there twice and nothing says which count. */
  #nodeSample(): ResourceSample | undefined {
    const rows = this.#node.samples()
    const row = rows && choiceOf(rows)
    return row === undefined ? undefined : unpackSample(row, 0)
  }
}

/** Gives a decoder that takes one turn for each answer, and remembers their names. */
export function createExpositionDecoder(): (body: Buffer, isWhole?: boolean) => NodeSample {
  const texts = new TextMemory()
  return (body, isWhole = true) => decodeAtOnce(new ExpositionReader(body, isWhole, texts))
}
