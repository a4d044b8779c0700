import { CPU, SAMPLE_WIDTH, type SampleRows, TIME, WORKING_SET } from '../../model/sample-rows.ts'
import { MOST_CONTAINERS_OF_POD } from './limits.ts'

/** Up to here a scan of the list is cheaper than an index. */
const FEW = 16
const FULL = MOST_CONTAINERS_OF_POD + 1
const NO_ROW = -1

const bitOf = (column: number): number => 1 << column
const USAGE = bitOf(CPU) | bitOf(WORKING_SET)

/** The rows of one container's series with the same labels, and how many series of each column there were. */
interface Twins {
  readonly rows: number[]
  readonly counts: number[]
}

/**
 * Gathers series to rows of samples, for the containers of a pod or for a node. What is listed twice has a row each time:
 * series with the same further labels (an `id`, say) belong together, and of those with the same labels the first of each
 * metric, the second of each, and so on. Where there are two of one metric and one of another, nothing says which
 * belong together.
 */
export class SeriesRows {
  readonly #names: string[] = []
  readonly #numbers: number[] = []
  /** By row: bits of the columns that there was a series for, whether its value is of use or not. */
  readonly #seen: number[] = []
  readonly #labels: string[] = []
  /** The first row of each name. */
  #index: Map<string, number> | undefined
  #twins: Map<string, Twins> | undefined

  get length(): number {
    return this.#names.length
  }

  /**
   * Takes a series. `labels`: those besides the name, in whatever form. `timeMs`: NaN where it is not known; the CPU's time
   * is the sample's, and the memory's only in its absence. What is more than a pod can have gets no row.
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
   * The samples, several of a name where it was listed several times. What has neither CPU nor memory is left out.
   * `undefined` where nothing says which series belong together.
   */
  samples(): SampleRows | undefined {
    const [names, numbers, seen] = [this.#names, this.#numbers, this.#seen]
    // Too many: what is left out here must not make it seem enough.
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

  /** The row of a series when there are several rows of its name, of which `first` is the first. */
  #twin(first: number, name: string, labels: string, column: number): number {
    this.#twins ??= new Map()
    const key = `${first} ${labels}`
    let twins = this.#twins.get(key)
    if (twins === undefined) {
      twins = { rows: this.#labels[first] === labels ? [first] : [], counts: new Array(SAMPLE_WIDTH).fill(0) }
      this.#twins.set(key, twins)
    }
    const { rows, counts } = twins
    // What the first row took, it took without being counted.
    const isTaken = rows[0] === first && ((this.#seen[first] as number) & bitOf(column)) !== 0
    const place = Math.max(counts[column] as number, isTaken ? 1 : 0)
    const row = rows[place] ?? this.#add(name, labels, 0)
    if (row === NO_ROW) return NO_ROW
    rows[place] = row
    counts[column] = place + 1
    this.#seen[row] = (this.#seen[row] as number) | bitOf(column)
    return row
  }

  /** What has no name does not count beside what has one, so that it may be in pieces. */
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
