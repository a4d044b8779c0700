import * as Column from '../../model/sample-rows.ts'
import { PRESSURE_RESOURCES, PRESSURE_STRIDE, PRESSURE_WIDTH, SAMPLED_AT } from '../../model/pressure.ts'
import type { JsonValue } from './json-reader.ts'
import { type Literal, LiteralTable } from './literal-table.ts'
import { type PressureNumbers, TOTALS } from './pressure.ts'
import { ValueScanner } from './value-scanner.ts'

/** Enough for a few hundred templates. */
const MOST_BYTES = 256 * 1024
/** Texts with more branches than this at one position have no template. */
const MOST_BRANCHES = 16
const NO_MATCH = -1
const ABSENT = -1

/** What follows a literal: a value, or the end of the pod and what the pod does not report. */
type Next = Use | { readonly use: 'end'; readonly missing: Missing }

/** A literal of a template, what follows it, and the possible continuations after that. */
interface TemplateNode {
  readonly literal: Literal
  readonly next: Next
  readonly branches: TemplateNode[]
}

/** What a pod of a template does not report. */
interface Missing {
  readonly rows: number
  readonly numbers: readonly number[]
  readonly texts: readonly number[]
  /** Any container reports a filesystem; if none does, filesystems are not among the missing numbers. */
  readonly hasFilesystems: boolean
}

/**
 * Learned layouts of pods in Summaries, as a tree: the text of a pod without its values. Kubelets write all pods alike, so
 * the text between two values is compared as a whole instead of being parsed. A text that matches is valid JSON with the
 * template's meaning, since it differs only in values of the same kinds.
 */
export class PodTemplates {
  readonly values: PodValues
  readonly #scan = new ValueScanner()
  readonly #literals: LiteralTable
  readonly #readsPressure: boolean
  #roots: TemplateNode[] = []
  #end = 0
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor({ mostBytes = MOST_BYTES, readsPressure = false } = {}) {
    this.#literals = new LiteralTable(mostBytes)
    this.#readsPressure = readsPressure
    this.values = new PodValues(readsPressure ? WITH_PRESSURE_LENGTH : NUMBERS_LENGTH)
  }

  /** Sets the text that is read from now on. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#scan.begin(bytes, this.#view)
  }

  /** Where the pod that begins at `start` ends, with its values in {@link values}; −1 when no template matches. */
  match(start: number): number {
    let branches = this.#roots
    let at = start
    for (;;) {
      const node = this.#branch(branches, at)
      if (node === undefined) return NO_MATCH
      at = this.#end
      if (node.next.use === 'end') return this.#ended(node.next.missing)
      branches = node.branches
    }
  }

  /** Learns the template of the pod from `start` to `end` with these values. */
  learn(values: readonly JsonValue[], start: number, end: number): void {
    if (rowsOf(values) > MOST_ROWS) return
    if (this.#learn(values, start, end)) return
    this.#roots = []
    this.#literals.clear()
    if (!this.#learn(values, start, end)) this.#roots = []
  }

  /** The branch that matches at `from`. Reads the value after it, and sets `#end` to where that ends. */
  #branch(branches: readonly TemplateNode[], from: number): TemplateNode | undefined {
    for (let i = 0; i < branches.length; i++) {
      const node = branches[i] as TemplateNode
      if (!this.#isAt(node.literal, from)) continue
      this.#end = this.#take(node.next, from + node.literal.length)
      if (this.#end !== NO_MATCH) return node
    }
    return undefined
  }

  #take(next: Next, at: number): number {
    const scan = this.#scan
    if (next.use === 'skip-number') return scan.number(at)
    if (next.use === 'skip-text') return scan.textOrTime(at)
    if (next.use === 'end') return at
    const { numbers, starts, ends } = this.values
    if (next.use === 'text') {
      const end = scan.text(at)
      starts[next.index] = at
      ends[next.index] = end
      return end
    }
    const end = next.use === 'time' ? scan.time(at) : scan.count(at)
    numbers[next.index] = scan.value
    return end
  }

  #ended({ rows, numbers, texts, hasFilesystems }: Missing): number {
    const { values } = this
    values.rows = rows
    values.hasFilesystems = hasFilesystems
    for (let i = 0; i < numbers.length; i++) values.numbers[numbers[i] as number] = Number.NaN
    for (let i = 0; i < texts.length; i++) values.starts[texts[i] as number] = ABSENT
    return this.#end
  }

  #learn(values: readonly JsonValue[], start: number, end: number): boolean {
    let branches = this.#roots
    let at = start
    for (const { kind, path, ...value } of values) {
      if (kind === 'fixed') continue
      const node = this.#nodeTo(branches, at, value.start, useOf(kind, path, this.#readsPressure))
      if (node === undefined) return false
      branches = node.branches
      at = value.end
    }
    const missing = missingOf(values, this.#readsPressure)
    return this.#nodeTo(branches, at, end, { use: 'end', missing }) !== undefined
  }

  /** The branch for the text from `from` to `to`, created when it is new; `undefined` when the table is full. */
  #nodeTo(branches: TemplateNode[], from: number, to: number, next: Next): TemplateNode | undefined {
    const known = branches.find(({ literal, next: { use } }) => {
      return use === next.use && literal.length === to - from && this.#isAt(literal, from)
    })
    if (known !== undefined) return known
    const literal = branches.length < MOST_BRANCHES ? this.#literals.add(this.#bytes, from, to) : undefined
    if (literal === undefined) return undefined
    const node = { literal, next, branches: [] }
    branches.push(node)
    return node
  }

  #isAt(literal: Literal, at: number): boolean {
    return this.#literals.isAt(literal, this.#view, this.#bytes.length, at)
  }
}

function missingOf(values: readonly JsonValue[], readsPressure: boolean): Missing {
  const rows = rowsOf(values)
  const all = indexesOf(rows, readsPressure)
  const [numbers, texts] = [new Set(all.numbers), new Set(all.texts)]
  let hasFilesystems = false
  for (const { kind, path } of values) {
    if (kind === 'fixed') continue
    const { use, index } = useOf(kind, path, readsPressure)
    if (use === 'text') texts.delete(index)
    else numbers.delete(index)
    if (isFilesystem(index)) hasFilesystems = true
  }
  const missing = [...numbers].filter((index) => hasFilesystems || !isFilesystem(index))
  return { rows, numbers: missing, texts: [...texts], hasFilesystems }
}

/** Pods with more containers are read without templates. */
const MOST_ROWS = 32

/** Indexes of a pod's texts; the names of its containers follow. */
export const NAMESPACE = 0
export const NAME = 1
export const UID = 2
export const FIRST_CONTAINER = 3

/** Containers have rows of numbers as in {@link SampleRows}; what these are computed from follows, a column at a time. */
const FIRST_MEMORY_TIME = MOST_ROWS * Column.SAMPLE_WIDTH
const FIRST_ROOTFS = FIRST_MEMORY_TIME + MOST_ROWS
const FIRST_LOGS = FIRST_ROOTFS + MOST_ROWS
const NUMBERS_LENGTH = FIRST_LOGS + MOST_ROWS

const isFilesystem = (index: number): boolean => index >= FIRST_ROOTFS && index < NUMBERS_LENGTH

/** Where it is read, pressure follows: a row of the numbers of PressureSample and the start, for each container and the pod. */
const FIRST_PRESSURE = NUMBERS_LENGTH
const PRESSURE_START = PRESSURE_WIDTH
const PRESSURE_ROW = PRESSURE_WIDTH + 1
/** The row of the pod itself, after those of containers. */
export const POD_ROW = MOST_ROWS
const WITH_PRESSURE_LENGTH = FIRST_PRESSURE + (MOST_ROWS + 1) * PRESSURE_ROW

/** What is done with a value of a pod: it is skipped, or stored at an index of {@link PodValues}. */
interface Use {
  readonly use: 'skip-text' | 'skip-number' | 'text' | 'time' | 'count'
  readonly index: number
}

const NO_INDEX = -1
const SKIP = {
  text: { use: 'skip-text', index: NO_INDEX },
  number: { use: 'skip-number', index: NO_INDEX },
} as const

const TEXTS = new Map<string | number | undefined, number>([
  ['namespace', NAMESPACE],
  ['name', NAME],
  ['uid', UID],
])

const CONTAINER_NAME = keyOf('name')

interface NumberUse {
  readonly use: 'time' | 'count'
  readonly indexOf: (row: number) => number
}

const NUMBERS = new Map<string, NumberUse>([
  [keyOf('startTime'), { use: 'time', indexOf: inRow(Column.START) }],
  [keyOf('cpu', 'time'), { use: 'time', indexOf: inRow(Column.TIME) }],
  [keyOf('cpu', 'usageNanoCores'), { use: 'count', indexOf: inRow(Column.OWN_RATE) }],
  [keyOf('cpu', 'usageCoreNanoSeconds'), { use: 'count', indexOf: inRow(Column.CPU) }],
  [keyOf('memory', 'time'), { use: 'time', indexOf: (row) => FIRST_MEMORY_TIME + row }],
  [keyOf('memory', 'workingSetBytes'), { use: 'count', indexOf: inRow(Column.WORKING_SET) }],
  [keyOf('swap', 'swapUsageBytes'), { use: 'count', indexOf: inRow(Column.SWAP) }],
  [keyOf('swap', 'swapAvailableBytes'), { use: 'count', indexOf: inRow(Column.SWAP_AVAILABLE) }],
  [keyOf('rootfs', 'usedBytes'), { use: 'count', indexOf: (row) => FIRST_ROOTFS + row }],
  [keyOf('logs', 'usedBytes'), { use: 'count', indexOf: (row) => FIRST_LOGS + row }],
])

/** The same of pressure. Of a container its times of CPU and memory, and its start, are in {@link NUMBERS}. */
const PRESSURE = new Map<string, NumberUse>([
  [keyOf('startTime'), { use: 'time', indexOf: inPressureRow(PRESSURE_START) }],
  ...PRESSURE_RESOURCES.flatMap((resource, i): [string, NumberUse][] => [
    [keyOf(resource, 'time'), { use: 'time', indexOf: inPressureRow(i * PRESSURE_STRIDE + SAMPLED_AT) }],
    ...TOTALS.map(({ key, column }): [string, NumberUse] => [
      keyOf(resource, 'psi', key, 'total'),
      { use: 'count', indexOf: inPressureRow(i * PRESSURE_STRIDE + column) },
    ]),
  ]),
])

function inPressureRow(column: number): (row: number) => number {
  return (row) => FIRST_PRESSURE + row * PRESSURE_ROW + column
}

function keyOf(...path: JsonValue['path']): string {
  return JSON.stringify(path)
}

function inRow(column: number): (row: number) => number {
  return (row) => row * Column.SAMPLE_WIDTH + column
}

/** The use of a text or a number of a PodStats (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go). */
function useOf(kind: 'text' | 'number', path: JsonValue['path'], readsPressure: boolean): Use {
  const [first, second, ...rest] = path
  if (first === 'podRef') {
    const index = kind === 'text' && rest.length === 0 ? TEXTS.get(second) : undefined
    return index === undefined ? SKIP[kind] : { use: 'text', index }
  }
  if (first !== 'containers') return readsPressure ? numberUse(PRESSURE.get(keyOf(...path)), kind, POD_ROW) : SKIP[kind]
  if (typeof second !== 'number') return SKIP[kind]
  const key = keyOf(...rest)
  if (kind === 'text' && key === CONTAINER_NAME) return { use: 'text', index: FIRST_CONTAINER + second }
  return numberUse(NUMBERS.get(key) ?? (readsPressure ? PRESSURE.get(key) : undefined), kind, second)
}

function numberUse(number: NumberUse | undefined, kind: 'text' | 'number', row: number): Use {
  if (number === undefined || kind !== (number.use === 'time' ? 'text' : 'number')) return SKIP[kind]
  return { use: number.use, index: number.indexOf(row) }
}

/** The number of containers in a PodStats with these values. */
function rowsOf(values: readonly JsonValue[]): number {
  let rows = 0
  for (const { path } of values) {
    const [first, index] = path
    if (first === 'containers' && typeof index === 'number') rows = index + 1
  }
  return rows
}

/** The indexes of all numbers and texts that a pod with so many containers may have. */
function indexesOf(rows: number, readsPressure: boolean): { numbers: number[]; texts: number[] } {
  // Storage is computed, and so never missing.
  const numbers = Array.from({ length: rows * Column.SAMPLE_WIDTH }, (_, index) => index).filter(
    (index) => index % Column.SAMPLE_WIDTH !== Column.STORAGE,
  )
  const others = [FIRST_MEMORY_TIME, FIRST_ROOTFS, FIRST_LOGS].flatMap((first) =>
    Array.from({ length: rows }, (_, row) => first + row),
  )
  const pressure = (readsPressure ? [...Array(rows).keys(), POD_ROW] : []).flatMap((row) =>
    Array.from({ length: PRESSURE_ROW }, (_, column) => inPressureRow(column)(row)),
  )
  const texts = Array.from({ length: FIRST_CONTAINER + rows }, (_, index) => index)
  return { numbers: [...numbers, ...others, ...pressure], texts }
}

/** The values of a pod: numbers, NaN for missing ones, and where texts begin and end, −1 for missing ones. */
class PodValues {
  // Not a typed array, since the rows of a pod are sliced from it.
  readonly numbers: number[]
  readonly starts = new Int32Array(FIRST_CONTAINER + MOST_ROWS)
  readonly ends = new Int32Array(FIRST_CONTAINER + MOST_ROWS)
  rows = 0
  hasFilesystems = false
  #hasStorage = false
  /** Whether each container of {@link rowNumbers} has CPU or memory. */
  haveUsage = true

  constructor(length: number) {
    this.numbers = new Array(length).fill(Number.NaN)
  }

  /** The numbers of the containers. The time of CPU counts, and that of memory only in its absence. */
  rowNumbers(): number[] {
    const { numbers, rows } = this
    this.haveUsage = true
    if (this.hasFilesystems || this.#hasStorage) this.#setStorage()
    for (let row = 0; row < rows; row++) {
      const from = row * Column.SAMPLE_WIDTH
      const time = from + Column.TIME
      if (Number.isNaN(numbers[time])) numbers[time] = numbers[FIRST_MEMORY_TIME + row] as number
      if (!hasUsage(numbers, from)) this.haveUsage = false
    }
    return numbers.slice(0, rows * Column.SAMPLE_WIDTH)
  }

  /** The pressure of a container, or of the pod in {@link POD_ROW}; to be called only where pressure is read. */
  pressureOf(row: number): PressureNumbers {
    const { numbers } = this
    const from = FIRST_PRESSURE + row * PRESSURE_ROW
    const own = numbers.slice(from, from + PRESSURE_WIDTH)
    if (row === POD_ROW) return { startTimeMs: numbers[from + PRESSURE_START] as number, numbers: own }
    const at = row * Column.SAMPLE_WIDTH
    own[SAMPLED_AT] = numbers[at + Column.TIME] as number
    own[PRESSURE_STRIDE + SAMPLED_AT] = numbers[FIRST_MEMORY_TIME + row] as number
    return { startTimeMs: numbers[at + Column.START] as number, numbers: own }
  }

  /** Computes the storage of each container, or forgets that of the pod before. */
  #setStorage(): void {
    const { numbers, hasFilesystems } = this
    const rows = hasFilesystems ? this.rows : MOST_ROWS
    for (let row = 0; row < rows; row++) {
      numbers[row * Column.SAMPLE_WIDTH + Column.STORAGE] = hasFilesystems
        ? storageOf(numbers[FIRST_ROOTFS + row] as number, numbers[FIRST_LOGS + row] as number)
        : Number.NaN
    }
    this.#hasStorage = hasFilesystems
  }
}

/**
 * What a container uses of ephemeral storage, as the kubelet counts it (pkg/kubelet/eviction/helpers.go: containerUsage). It
 * takes what is missing for 0, which would show a full disk as an empty one; here that is NaN, as is more than 8 PiB.
 */
export function storageOf(rootfsBytes: number, logsBytes: number): number {
  const bytes = rootfsBytes + logsBytes
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : Number.NaN
}

/** Whether there is CPU or memory in the row that begins at `from`. */
export function hasUsage(numbers: readonly number[], from: number): boolean {
  return !(
    Number.isNaN(numbers[from + Column.CPU]) &&
    Number.isNaN(numbers[from + Column.WORKING_SET]) &&
    Number.isNaN(numbers[from + Column.OWN_RATE])
  )
}
