import { CPU, SAMPLE_WIDTH, START, SWAP, TIME, unpackSample, WORKING_SET } from '../../model/sample-rows.ts'
import type { NodeSample, ResourceSample, SampleRows } from '../../model/sample.ts'
import { type LineCursor, nextSeries, quotedText, type SeriesLine } from './exposition-line.ts'
import { choiceOf, PodIndex, PodSamples } from './pod-samples.ts'
import {
  type ResponseReader,
  checkContainers,
  checkPods,
  decodeAtOnce,
  DecodeError,
  MOST_CONTAINERS_OF_POD,
  ScrapeReportedError,
  textStart,
} from './response-reader.ts'
import { knownTime } from './rfc3339.ts'
import { createNameTable, StringInterner } from './string-interner.ts'

/** How the series of a metric are read. */
interface Metric {
  readonly of: 'container' | 'node'
  readonly column: number
  /** NaN when the value cannot be used. */
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
 * are left out; {@link SeriesRows} and {@link PodSamples} combine the others. A failure that the kubelet reports is a
 * ScrapeReportedError. A line that does not parse is a DecodeError, as is a text without any of the metrics, or one that may
 * be cut (`isWhole`, see {@link LineCursor}).
 */
export class ExpositionReader implements ResponseReader {
  readonly #cursor: LineCursor
  readonly #strings: StringInterner
  readonly #pods: PodSeries[] = []
  readonly #index = new PodIndex(this.#pods)
  readonly #node = new SeriesRows()
  #isKubelets = false
  #rows = 0
  // The labels of the current series.
  #namespace = ''
  #pod = ''
  #container = ''
  #others = ''

  constructor(body: Buffer, isWhole: boolean, strings: StringInterner) {
    this.#cursor = { bytes: body, at: textStart(body), line: 1, isWhole, labels: [] }
    this.#strings = strings
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

  /** Of a repeated label the last one counts; an empty label counts as missing. */
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
      const text = quotedText(this.#cursor, valueStart, valueEnd, this.#strings)
      if (name === 'namespace') this.#namespace = text
      else if (name === 'pod') this.#pod = text
      else this.#container = text
    }
  }

  /** `undefined` when the node's series are repeated and it is unclear which count. */
  #nodeSample(): ResourceSample | undefined {
    const rows = this.#node.samples()
    const row = rows && choiceOf(rows)
    return row === undefined ? undefined : unpackSample(row, 0)
  }
}

/** A decoder that decodes each response in one turn of the event loop. */
export function createExpositionDecoder(): (body: Buffer, isWhole?: boolean) => NodeSample {
  const strings = new StringInterner()
  return (body, isWhole = true) => decodeAtOnce(new ExpositionReader(body, isWhole, strings))
}

/** Up to here a scan of the list is cheaper than an index. */
const FEW = 16
const FULL = MOST_CONTAINERS_OF_POD + 1
const NO_ROW = -1

const bitOf = (column: number): number => 1 << column
const USAGE = bitOf(CPU) | bitOf(WORKING_SET)

/** The rows of a container's series with the same labels, and the number of series of each column. */
interface Twins {
  readonly rows: number[]
  readonly counts: number[]
}

/**
 * Combines series to rows of samples, for the containers of a pod or for a node. A container that is listed twice has two
 * rows: series with the same further labels (such as an `id`) form a row, and of repeated series the first of each metric,
 * the second of each, and so on. Two series of one metric beside one of another are ambiguous.
 */
class SeriesRows {
  readonly #names: string[] = []
  readonly #numbers: number[] = []
  /** By row: bits of the columns that had a series, with a usable value or not. */
  readonly #seen: number[] = []
  readonly #labels: string[] = []
  /** The first row of each name. */
  #index: Map<string, number> | undefined
  #twins: Map<string, Twins> | undefined

  get length(): number {
    return this.#names.length
  }

  /**
   * Adds a series. `labels`: those besides the name, in any form. `timeMs`: NaN when unknown; the time of CPU is the
   * sample's, that of memory only in its absence. Containers beyond what a pod can have get no row.
   */
  take(name: string, labels: string, column: number, value: number, timeMs: number): void {
    const row = this.#rowFor(name, labels, bitOf(column), column)
    if (row === NO_ROW) return
    const numbers = this.#numbers
    const from = row * SAMPLE_WIDTH
    numbers[from + column] = value
    const leads = column === CPU || (column === WORKING_SET && Number.isNaN(numbers[from + TIME]))
    if (leads && !Number.isNaN(timeMs)) numbers[from + TIME] = timeMs
  }

  /**
   * The samples; a name that was listed several times has several. A container with neither CPU nor memory is left out.
   * `undefined` when it is ambiguous which series belong together.
   */
  samples(): SampleRows | undefined {
    const [names, numbers, seen] = [this.#names, this.#numbers, this.#seen]
    // Too many containers: leaving some out must not hide that.
    if (names.length >= FULL) return { names, numbers }
    if (this.#twins !== undefined) {
      if (!this.#arePaired()) return undefined
      this.#join()
    }
    if (seen.every((bits) => (bits & USAGE) !== 0)) return { names, numbers }
    const used = [...names.keys()].filter((row) => ((seen[row] as number) & USAGE) !== 0)
    return {
      names: used.map((row) => names[row] as string),
      numbers: used.flatMap((row) => numbers.slice(row * SAMPLE_WIDTH, (row + 1) * SAMPLE_WIDTH)),
    }
  }

  #rowFor(name: string, labels: string, bit: number, column: number): number {
    const first = this.#rowOf(name)
    if (first === NO_ROW) return this.#add(name, labels, bit)
    const seen = this.#seen[first] as number
    if ((seen & bit) !== 0 || this.#labels[first] !== labels) return this.#twin(first, name, labels, column)
    this.#seen[first] = seen | bit
    return first
  }

  #rowOf(name: string): number {
    const names = this.#names
    if (names.length > FEW) {
      this.#index ??= new Map(names.map((each, row) => [each, row] as const).reverse())
      return this.#index.get(name) ?? NO_ROW
    }
    for (let row = 0; row < names.length; row++) if (names[row] === name) return row
    return NO_ROW
  }

  #add(name: string, labels: string, bit: number): number {
    const row = this.#names.length
    if (row >= FULL) return NO_ROW
    this.#names.push(name)
    this.#labels.push(labels)
    this.#seen.push(bit)
    for (let i = 0; i < SAMPLE_WIDTH; i++) this.#numbers.push(Number.NaN)
    if (this.#index !== undefined && !this.#index.has(name)) this.#index.set(name, row)
    return row
  }

  /** The row of a series whose name has several rows; `first` is the first of them. */
  #twin(first: number, name: string, labels: string, column: number): number {
    this.#twins ??= new Map()
    const key = `${first} ${labels}`
    let twins = this.#twins.get(key)
    if (twins === undefined) {
      twins = { rows: this.#labels[first] === labels ? [first] : [], counts: new Array(SAMPLE_WIDTH).fill(0) }
      this.#twins.set(key, twins)
    }
    const { rows, counts } = twins
    // Series of the first row were not counted when they were added.
    const isTaken = rows[0] === first && ((this.#seen[first] as number) & bitOf(column)) !== 0
    const place = Math.max(counts[column] as number, isTaken ? 1 : 0)
    const row = rows[place] ?? this.#add(name, labels, 0)
    if (row === NO_ROW) return NO_ROW
    rows[place] = row
    counts[column] = place + 1
    this.#seen[row] = (this.#seen[row] as number) | bitOf(column)
    return row
  }

  /** A container without a name does not count beside named ones, so its series need not be paired. */
  #arePaired(): boolean {
    const [names, seen] = [this.#names, this.#seen]
    const hasNamed = names.some((name) => name !== '')
    return [...(this.#twins?.values() ?? [])].every(({ rows }) => {
      const [first] = rows as [number]
      return (hasNamed && names[first] === '') || rows.every((row) => seen[row] === seen[first])
    })
  }

  /** Rows of one name of which no two have the same metric are one container, whose series have different labels. */
  #join(): void {
    const byName = Map.groupBy(this.#names.keys(), (row) => this.#names[row])
    for (const [first, ...others] of byName.values()) {
      if (first === undefined || others.length === 0) continue
      const bits = [first, ...others].map((row) => this.#seen[row] as number)
      const all = bits.reduce((sum, each) => sum + each, 0)
      if (all === bits.reduce((union, each) => union | each, 0)) for (const row of others) this.#merge(row, first)
    }
  }

  #merge(row: number, into: number): void {
    const bits = this.#seen[row] as number
    const [from, to] = [row * SAMPLE_WIDTH, into * SAMPLE_WIDTH]
    const numbers = this.#numbers
    const leads = (bits & bitOf(CPU)) !== 0 || Number.isNaN(numbers[to + TIME])
    if (leads && !Number.isNaN(numbers[from + TIME])) numbers[to + TIME] = numbers[from + TIME] as number
    for (let i = 0; i < SAMPLE_WIDTH; i++) {
      if ((bits & bitOf(i)) !== 0) numbers[to + i] = numbers[from + i] as number
    }
    this.#seen[into] = (this.#seen[into] as number) | bits
    this.#seen[row] = 0
  }
}

const DECIMAL = /^\+?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
const NANO_DIGITS = 9
/** A counter of 64 bit holds 20 digits of nanoseconds. */
const MAX_DIGITS = 20
const MAX_NANOSECONDS = 2 ** 64

/**
 * Seconds in decimal text ("2295.07063722", "1.234e+03") as whole nanoseconds, finer digits cut off. The digits are
 * moved, not multiplied, so that only the last rounding to a double (from 2^53 on) loses any. `undefined` for
 * anything else: signs, infinities, NaN, and what no 64-bit counter of nanoseconds can hold.
 */
export function nanosecondsFromSeconds(text: string): number | undefined {
  const found = DECIMAL.exec(text)
  const [whole, fraction] = [found?.[1] ?? '', found?.[2] ?? '']
  const digits = whole + fraction
  if (found === null || digits === '') return undefined
  const length = whole.length + Number(found[3] ?? 0) + NANO_DIGITS
  if (length <= 0 || /^0*$/.test(digits)) return 0
  const significant = digits.replace(/^0+/, '')
  const places = length - (digits.length - significant.length)
  if (places > MAX_DIGITS) return undefined
  const nanoseconds = places <= 0 ? 0 : Number(significant.slice(0, places).padEnd(places, '0'))
  return nanoseconds <= MAX_NANOSECONDS ? nanoseconds : undefined
}
