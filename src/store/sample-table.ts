import { COMPARED_WIDTH, CPU, OWN_RATE, START, SWAP, SWAP_AVAILABLE, TIME, WORKING_SET } from '../model/sample-rows.ts'
import { CUT_MS, type ScrapeClock } from './scrape-clock.ts'

/**
 * A sample with what is needed to compare it with another one: the numbers of ResourceSample, NaN when the kubelet reported
 * none. Optional numbers would be allocated as objects each time they are passed on.
 */
export interface ObservedSample {
  readonly timeMs: number
  readonly startTimeMs: number
  readonly cpuNanoseconds: number
  readonly cpuNanocores: number
  readonly workingSetBytes: number
  readonly swapBytes: number
  readonly swapAvailableBytes: number
  /**
   * `when-asked`: the Summary's containers, sampled for the answer, their times cut to whole seconds. `reported`: the
   * exposition format's, at the time that it says. `earlier`: nodes in both, by cAdvisor, before the answer.
   */
  readonly taken: 'when-asked' | 'reported' | 'earlier'
  readonly clock: ScrapeClock
  /** A sum of the flags below. */
  readonly flags: number
}

/** It was reported with a value older than its response: its runtime caches values. */
export const KEPT_BY_RUNTIME = 1
/** Its start is later than a scrape without it, or than its last sample, and can be believed. */
export const START_CONFIRMED = 2
/** It has had no rate yet since it was first seen. */
export const WITHOUT_RATE = 4

/** Its counter was 0 when it was first seen, which may be a glitch, since whatever runs has used CPU. */
export const ZERO_AT_FIRST = 8

/** Its start moves by itself (cAdvisor takes it from file times), and says nothing. */
export const START_DRIFTS = 16

/** Its rate is the mean over its whole life, before which it used nothing. */
export const OVER_LIFE = 32

/** It replaced a container of the same name, whose last CPU usage is unknown. */
export const RESTARTED = 64
/** Its rate begins at a sample that was rejected at first, so later than those of its neighbours. */
export const ODD_WINDOW = 128

/** The last sample that was left out because it contradicts the last good one. */
interface RejectedSample {
  readonly sample: ObservedSample
  /** So many samples in a row had another start each time while the counter went on. */
  readonly movedStarts: number
}

/**
 * CPU, nanocores (not rounded), over [timestampMs − windowMs, timestampMs]. One object is written over for one rate
 * after the other.
 */
export class Rate {
  // NaN from the beginning, for fields of numbers that are no small integers.
  cpuNanocores = Number.NaN
  timestampMs = Number.NaN
  windowMs = Number.NaN

  set(cpuNanocores: number, timestampMs: number, windowMs: number): void {
    this.cpuNanocores = cpuNanocores
    this.timestampMs = timestampMs
    this.windowMs = windowMs
  }
}

// A row begins with the numbers of a sample that are compared; these of its rate follow.
const RATE = COMPARED_WIDTH
const RATE_TIME = COMPARED_WIDTH + 1
const RATE_WINDOW = COMPARED_WIDTH + 2
const CONFIRMED_AT = COMPARED_WIDTH + 3
const FLAGS = COMPARED_WIDTH + 4
const WIDTH = COMPARED_WIDTH + 5

/** Windows that begin no further apart than this are of the same two scrapes. */
const APART_MS = 500
/** Above so many names a map is used; below, a linear search is faster. */
export const INDEXED_NAMES = 16

const NO_CLOCK: ScrapeClock = {
  source: 'summary',
  askedAt: { wallMs: Number.NaN, monotonicMs: Number.NaN },
  halfMs: 0,
  nodeTimeMs: Number.NaN,
  clockAheadMs: 0,
  steadySinceMs: Number.NEGATIVE_INFINITY,
}

/** A view of one row of a {@link SampleTable}; moved from row to row. */
export class SampleCursor implements ObservedSample {
  taken: ObservedSample['taken'] = 'reported'
  clock: ScrapeClock = NO_CLOCK
  #numbers: readonly number[] = []
  #at = 0

  show(numbers: readonly number[], at: number, clock: ScrapeClock, taken: ObservedSample['taken']): void {
    this.#numbers = numbers
    this.#at = at
    this.clock = clock
    this.taken = taken
  }

  get timeMs(): number {
    return this.#numbers[this.#at + TIME] as number
  }

  get startTimeMs(): number {
    return this.#numbers[this.#at + START] as number
  }

  get cpuNanoseconds(): number {
    return this.#numbers[this.#at + CPU] as number
  }

  get cpuNanocores(): number {
    return this.#numbers[this.#at + OWN_RATE] as number
  }

  get workingSetBytes(): number {
    return this.#numbers[this.#at + WORKING_SET] as number
  }

  get swapBytes(): number {
    return this.#numbers[this.#at + SWAP] as number
  }

  get swapAvailableBytes(): number {
    return this.#numbers[this.#at + SWAP_AVAILABLE] as number
  }

  get flags(): number {
    return this.#numbers[this.#at + FLAGS] as number
  }

  /** A copy of the sample that stays when the row changes. */
  copy(): ObservedSample {
    const { timeMs, startTimeMs, cpuNanoseconds, cpuNanocores, workingSetBytes } = this
    const { swapBytes, swapAvailableBytes, taken, clock, flags } = this
    const counters = { timeMs, startTimeMs, cpuNanoseconds, cpuNanocores, workingSetBytes }
    return { ...counters, swapBytes, swapAvailableBytes, taken, clock, flags }
  }
}

/**
 * The last good samples of a pod's containers, or of a node, and their rates, as numbers that each scrape overwrites in
 * place: objects would live just long enough to make garbage collection the largest cost. The engine stores arrays of
 * numbers unboxed, and typed arrays of this size take three times as much memory.
 */
export class SampleTable {
  readonly #of: 'node' | 'containers'
  /** Of these, the first `length` rows count. */
  #names: string[] = []
  #clocks: ScrapeClock[] = []
  #numbers: number[] = []
  #length = 0
  /** Samples that contradict the one in their row, by container; nearly always none. */
  #rejected: Map<string, RejectedSample> | undefined
  /** Row by name, made when there are many and one is not where it was. */
  #index: Map<string, number> | undefined

  constructor(of: 'node' | 'containers') {
    this.#of = of
  }

  get length(): number {
    return this.#length
  }

  nameOf(row: number): string {
    return this.#names[row] as string
  }

  /** Sets the cursor to the sample in a row. */
  show(row: number, cursor: SampleCursor): void {
    const clock = this.#clocks[row] as ScrapeClock
    cursor.show(this.#numbers, row * WIDTH, clock, this.#taken(clock))
  }

  /** Where a container is, -1 if nowhere. A kubelet lists containers in a steady order: the same row is likely. */
  rowOf(name: string, likely: number): number {
    if (this.#names[likely] === name && likely < this.#length) return likely
    if (this.#length > INDEXED_NAMES) return this.#indexed(name)
    const row = this.#names.indexOf(name)
    return row < this.#length ? row : -1
  }

  /** When the sample of a row was last confirmed by an answer, by our monotonic clock: the retention counts from there. */
  confirmedAtMs(row: number): number {
    return this.#number(row, CONFIRMED_AT)
  }

  hasRate(row: number): boolean {
    return !Number.isNaN(this.#number(row, RATE))
  }

  /** Whether any row has a rate. */
  get hasRates(): boolean {
    for (let row = 0; row < this.#length; row++) if (this.hasRate(row)) return true
    return false
  }

  /** Puts the rate of a row into `rate`: NaN when it has none. */
  rateOf(row: number, rate: Rate): void {
    rate.set(this.#number(row, RATE), this.#number(row, RATE_TIME), this.#number(row, RATE_WINDOW))
  }

  /** Both its CPU and its memory are known. */
  canBeServed(row: number): boolean {
    return this.hasRate(row) && !Number.isNaN(this.#number(row, WORKING_SET))
  }

  /** No memory and no CPU: the container has ended, and the kubelet still lists it. Either alone is a value like any other. */
  hasEnded(row: number): boolean {
    if (this.#number(row, WORKING_SET) !== 0) return false
    const rate = this.#number(row, RATE)
    if (!Number.isNaN(rate)) return Math.round(rate) === 0
    // A rate beside a counter of 0 contradicts it.
    return this.#number(row, CPU) === 0 && !(this.#number(row, OWN_RATE) > 0)
  }

  /**
   * Whether the value of a container is not of the time that the pod's value is of: its window leaves out CPU that it used in
   * its neighbours' (before a sample that was rejected at first, or before it restarted), or it began later and does not
   * reach back to where it used nothing, or it started after the time of the earliest value.
   */
  get hasOddWindow(): boolean {
    let beginMs = Number.POSITIVE_INFINITY
    let lastBeginMs = Number.NEGATIVE_INFINITY
    let endMs = Number.POSITIVE_INFINITY
    let lastEndMs = Number.NEGATIVE_INFINITY
    for (let row = 0; row < this.#length; row++) {
      if ((this.#number(row, FLAGS) & ODD_WINDOW) !== 0) return true
      if (this.hasEnded(row)) continue
      beginMs = Math.min(beginMs, this.#beginMs(row))
      lastBeginMs = Math.max(lastBeginMs, this.#beginMs(row))
      endMs = Math.min(endMs, this.#number(row, RATE_TIME))
      lastEndMs = Math.max(lastEndMs, this.#number(row, RATE_TIME))
    }
    if (!(lastBeginMs > beginMs + APART_MS || lastEndMs > endMs + APART_MS)) return false
    for (let row = 0; row < this.#length; row++) {
      if (!this.hasEnded(row) && this.#isOutside(row, beginMs, endMs)) return true
    }
    return false
  }

  /** Whether the value of a row cannot stand for the time from `beginMs` to `endMs`. */
  #isOutside(row: number, beginMs: number, endMs: number): boolean {
    const flags = this.#number(row, FLAGS)
    const { clockAheadMs, source } = this.#clocks[row] as ScrapeClock
    const startMs = (flags & START_DRIFTS) === 0 ? this.#number(row, START) - clockAheadMs : Number.NaN
    if (startMs > endMs) return true
    const lateMs = this.#beginMs(row) - beginMs
    if ((flags & OVER_LIFE) !== 0 || !(lateMs > APART_MS)) return false
    if ((flags & (RESTARTED | KEPT_BY_RUNTIME)) === RESTARTED) return true
    const cutMs = source === 'summary' ? CUT_MS : 0
    return lateMs >= cutMs && startMs + cutMs > beginMs
  }

  rejectedOf(name: string): RejectedSample | undefined {
    return this.#rejected?.get(name)
  }

  reject(name: string, rejected: RejectedSample): void {
    this.#rejected ??= new Map()
    this.#rejected.set(name, rejected)
  }

  /** Forgets the rejected sample of a container. */
  clearRejected(name: string): void {
    if (this.#rejected?.delete(name) && this.#rejected.size === 0) this.#rejected = undefined
  }

  clear(): void {
    this.#length = 0
  }

  /** Appends the sample whose numbers begin at `from`, without a rate. */
  add(name: string, sample: readonly number[], from: number, clock: ScrapeClock): void {
    const at = this.#begin(name, clock)
    const numbers = this.#numbers
    for (let i = 0; i < COMPARED_WIDTH; i++) numbers[at + i] = sample[from + i] as number
    for (let i = COMPARED_WIDTH; i < FLAGS; i++) numbers[at + i] = Number.NaN
    numbers[at + FLAGS] = 0
  }

  /** What the sample that was appended last led to. */
  setLast(rate: Rate | undefined, confirmedAtMs: number, flags: number): void {
    const at = (this.#length - 1) * WIDTH
    const numbers = this.#numbers
    numbers[at + CONFIRMED_AT] = confirmedAtMs
    numbers[at + FLAGS] = flags
    if (rate === undefined) return
    numbers[at + RATE] = rate.cpuNanocores
    numbers[at + RATE_TIME] = rate.timestampMs
    numbers[at + RATE_WINDOW] = rate.windowMs
  }

  /** Replaces the row that was appended last by a row of another table. */
  replaceLast(from: SampleTable, row: number): void {
    this.#length--
    const at = this.#begin(from.#names[row] as string, from.#clocks[row] as ScrapeClock)
    for (let i = 0; i < WIDTH; i++) this.#numbers[at + i] = from.#number(row, i)
  }

  /** Compares the last row from another table's row next time: takes its counter and times, and keeps memory and rate. */
  rebaseLast(from: SampleTable, row: number): void {
    const last = this.#length - 1
    for (const column of [TIME, START, CPU]) this.#numbers[last * WIDTH + column] = from.#number(row, column)
    this.#clocks[last] = from.#clocks[row] as ScrapeClock
  }

  flagLast(flag: number): void {
    const at = (this.#length - 1) * WIDTH + FLAGS
    this.#numbers[at] = (this.#numbers[at] as number) | flag
  }

  confirmLast(confirmedAtMs: number): void {
    this.#numbers[(this.#length - 1) * WIDTH + CONFIRMED_AT] = confirmedAtMs
  }

  /** Copies the rows of another table. Rejected samples of containers that are still there stay. */
  become(others: SampleTable): void {
    const length = others.#length
    this.#index = undefined
    if (length !== this.#length) {
      this.#names = others.#names.slice(0, length)
      this.#clocks = others.#clocks.slice(0, length)
      this.#numbers = others.#numbers.slice(0, length * WIDTH)
      this.#length = length
    } else {
      for (let row = 0; row < length; row++) {
        this.#names[row] = others.#names[row] as string
        this.#clocks[row] = others.#clocks[row] as ScrapeClock
      }
      for (let i = 0; i < length * WIDTH; i++) this.#numbers[i] = others.#numbers[i] as number
    }
    if (this.#rejected !== undefined) this.#forgetRejectedOfOthers(this.#rejected)
  }

  #forgetRejectedOfOthers(rejected: Map<string, RejectedSample>): void {
    const names = new Set(this.#names)
    for (const name of rejected.keys()) if (!names.has(name)) rejected.delete(name)
  }

  #indexed(name: string): number {
    this.#index ??= new Map(this.#names.slice(0, this.#length).map((each, row) => [each, row]))
    return this.#index.get(name) ?? -1
  }

  /** Where the window of a row begins; NaN when it has no rate. */
  #beginMs(row: number): number {
    return this.#number(row, RATE_TIME) - this.#number(row, RATE_WINDOW)
  }

  #taken({ source }: ScrapeClock): ObservedSample['taken'] {
    if (this.#of === 'node') return 'earlier'
    return source === 'summary' ? 'when-asked' : 'reported'
  }

  #number(row: number, column: number): number {
    return this.#numbers[row * WIDTH + column] as number
  }

  /** Where the numbers of the new row begin. */
  #begin(name: string, clock: ScrapeClock): number {
    const row = this.#length++
    this.#names[row] = name
    this.#clocks[row] = clock
    return row * WIDTH
  }
}
