import { CPU, SAMPLE_WIDTH, WORKING_SET } from '../model/sample-rows.ts'
import type { Answer } from './answer.ts'
import type { Rate, Reading } from './reading.ts'
import * as Column from './row.ts'
import type { Row } from './row.ts'

/**
 * The last samples of a pod's containers, or of a node, and the rates that they led to, as bare numbers, which one answer
 * after the other writes over in place. A server that keeps objects instead spends more on collecting the old ones than
 * on all else: they are young when they are made and old when they are let go. (The engine keeps an array of nothing but
 * numbers unboxed; a typed array of this size takes three times as much.)
 */
export class Rows {
  readonly #of: 'node' | 'containers'
  /** Of these, the first `length` rows count. */
  #names: string[] = []
  #answers: Answer[] = []
  #numbers: number[] = []
  #length = 0

  constructor(of: 'node' | 'containers') {
    this.#of = of
  }

  get length(): number {
    return this.#length
  }

  nameOf(row: number): string {
    return this.#names[row] as string
  }

  /** Sets the view to the sample in a row. */
  show(row: number, view: Row): void {
    const answer = this.#answers[row] as Answer
    view.show(this.#numbers, row * Column.WIDTH, answer, this.#taken(answer))
  }

  /** Where a container is, -1 if nowhere. A kubelet lists containers in a steady order: the same place is likely. */
  rowOf(name: string, place: number): number {
    if (this.#names[place] === name && place < this.#length) return place
    const row = this.#names.indexOf(name)
    return row < this.#length ? row : -1
  }

  /** When the sample of a row came first, by our monotonic clock. */
  atMs(row: number): number {
    return this.#number(row, Column.AT)
  }

  hasRate(row: number): boolean {
    return !Number.isNaN(this.#number(row, Column.RATE))
  }

  /** Puts the rate of a row into `rate`: NaN when it has none. */
  rateOf(row: number, rate: Rate): void {
    const [time, window] = [this.#number(row, Column.RATE_TIME), this.#number(row, Column.RATE_WINDOW)]
    rate.set(this.#number(row, Column.RATE), time, window)
  }

  /** Both its CPU and its memory are known. */
  canBeServed(row: number): boolean {
    return this.hasRate(row) && !Number.isNaN(this.#number(row, WORKING_SET))
  }

  /** No memory and no CPU: the container has ended, and the kubelet still lists it. Either alone is a value like any other. */
  hasGone(row: number): boolean {
    if (this.#number(row, WORKING_SET) !== 0) return false
    const rate = this.#number(row, Column.RATE)
    return Number.isNaN(rate) ? this.#number(row, CPU) === 0 : Math.round(rate) === 0
  }

  clear(): void {
    this.#length = 0
  }

  /** Puts at the end the sample whose numbers begin at `from`, without a rate yet. */
  add(name: string, sample: readonly number[], from: number, answer: Answer): void {
    const at = this.#begin(name, answer)
    const numbers = this.#numbers
    for (let i = 0; i < SAMPLE_WIDTH; i++) numbers[at + i] = sample[from + i] as number
    for (let i = SAMPLE_WIDTH; i < Column.WIDTH; i++) numbers[at + i] = Number.NaN
  }

  /** What came of the sample that was put last, and when it came first. */
  rateLast(rate: Rate | undefined, atMs: number): void {
    const at = (this.#length - 1) * Column.WIDTH
    this.#numbers[at + Column.AT] = atMs
    if (rate === undefined) return
    this.#numbers[at + Column.RATE] = rate.cpuNanocores
    this.#numbers[at + Column.RATE_TIME] = rate.timestampMs
    this.#numbers[at + Column.RATE_WINDOW] = rate.windowMs
  }

  /** Puts a row of others in the place of the one that was put last, as it is. */
  replaceLast(from: Rows, row: number): void {
    this.#length--
    const at = this.#begin(from.#names[row] as string, from.#answers[row] as Answer)
    for (let i = 0; i < Column.WIDTH; i++) this.#numbers[at + i] = from.#number(row, i)
  }

  /** Holds from now on what the others hold. */
  become(others: Rows): void {
    const length = others.#length
    if (length !== this.#length) {
      this.#names = others.#names.slice(0, length)
      this.#answers = others.#answers.slice(0, length)
      this.#numbers = others.#numbers.slice(0, length * Column.WIDTH)
      this.#length = length
      return
    }
    for (let row = 0; row < length; row++) {
      this.#names[row] = others.#names[row] as string
      this.#answers[row] = others.#answers[row] as Answer
    }
    for (let i = 0; i < length * Column.WIDTH; i++) this.#numbers[i] = others.#numbers[i] as number
  }

  #taken({ source }: Answer): Reading['taken'] {
    if (this.#of === 'node') return 'earlier'
    return source === 'summary' ? 'when-asked' : 'reported'
  }

  #number(row: number, column: number): number {
    return this.#numbers[row * Column.WIDTH + column] as number
  }

  /** Where the numbers of the new row begin. */
  #begin(name: string, answer: Answer): number {
    const row = this.#length++
    this.#names[row] = name
    this.#answers[row] = answer
    return row * Column.WIDTH
  }
}
