import type { Answer } from './answer.ts'
import type { ContainerEntry } from './container-entry.ts'
import { type Figure, figureOf } from './figure.ts'
import type { Rate, Reading } from './reading.ts'
import {
  AT,
  CPU,
  OWN_RATE,
  RATE,
  RATE_TIME,
  RATE_WINDOW,
  RowEntry,
  START,
  SWAP,
  SWAP_AVAILABLE,
  TIME,
  UNKNOWN,
  WIDTH,
  WORKING_SET,
} from './row-entry.ts'
import { timestampOf } from './window.ts'

/**
 * The entries of a pod's containers as bare numbers, which one answer after the other writes over in place. A server
 * that keeps objects instead spends more on collecting the old ones than on all else: they are young when they are made
 * and old when they are let go. (The engine keeps an array of nothing but numbers unboxed; a typed array of this size
 * takes three times as much.)
 */
export class ContainerRows {
  /** Of these, the first `length` rows count. */
  #names: string[] = []
  #answers: Answer[] = []
  #numbers: number[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The entry of a row: a view, which shows what the row holds then. */
  entry(row: number): ContainerEntry {
    return new RowEntry(this.#names[row] as string, this.#answers[row] as Answer, this.#numbers, row * WIDTH)
  }

  entries(): ContainerEntry[] {
    return Array.from({ length: this.#length }, (_, row) => this.entry(row))
  }

  /** Where a container is, -1 if nowhere. A kubelet lists containers in a steady order: the same place is likely. */
  rowOf(name: string, place: number): number {
    if (this.#names[place] === name && place < this.#length) return place
    const row = this.#names.indexOf(name)
    return row < this.#length ? row : -1
  }

  /** When the sample of a row came first, by our monotonic clock. */
  atMs(row: number): number {
    return this.#number(row, AT)
  }

  /** Both its CPU and its memory are known. */
  canBeServed(row: number): boolean {
    return !Number.isNaN(this.#number(row, RATE)) && !Number.isNaN(this.#number(row, WORKING_SET))
  }

  /** No memory and no CPU: the container has ended, and the kubelet still lists it. Either alone is a value like any other. */
  hasGone(row: number): boolean {
    if (this.#number(row, WORKING_SET) !== 0) return false
    const rate = this.#number(row, RATE)
    return Number.isNaN(rate) ? this.#number(row, CPU) === 0 : Math.round(rate) === 0
  }

  /** Calls `take` for each container of which the figure is known, with the time that it was sampled at. */
  tell(figure: Figure, take: (container: string, value: number, timestampMs: number) => void): void {
    for (let row = 0; row < this.#length; row++) {
      const { name, reading } = this.entry(row)
      const value = figureOf(reading.resource, figure)
      if (value === undefined) continue
      const dated = this.#number(row, RATE_TIME)
      take(name, value, Number.isNaN(dated) ? timestampOf(reading) : dated)
    }
  }

  clear(): void {
    this.#length = 0
  }

  /** Puts an entry made of these at the end. */
  add(name: string, { resource, answer }: Reading, rate: Rate | undefined, atMs: number): void {
    const at = this.#begin(name, answer)
    const numbers = this.#numbers
    numbers[at + TIME] = resource.timeMs ?? UNKNOWN
    numbers[at + START] = resource.startTimeMs ?? UNKNOWN
    numbers[at + CPU] = resource.cpuNanoseconds ?? UNKNOWN
    numbers[at + OWN_RATE] = resource.cpuNanocores ?? UNKNOWN
    numbers[at + WORKING_SET] = resource.workingSetBytes ?? UNKNOWN
    numbers[at + SWAP] = resource.swapBytes ?? UNKNOWN
    numbers[at + SWAP_AVAILABLE] = resource.swapAvailableBytes ?? UNKNOWN
    numbers[at + RATE] = rate === undefined ? UNKNOWN : rate.cpuNanocores
    numbers[at + RATE_TIME] = rate === undefined ? UNKNOWN : rate.timestampMs
    numbers[at + RATE_WINDOW] = rate === undefined ? UNKNOWN : rate.windowMs
    numbers[at + AT] = atMs
  }

  /** Puts a row of others at the end, as it is. */
  addRow(from: ContainerRows, row: number): void {
    const at = this.#begin(from.#names[row] as string, from.#answers[row] as Answer)
    for (let i = 0; i < WIDTH; i++) this.#numbers[at + i] = from.#number(row, i)
  }

  /** Holds from now on what the others hold. */
  become(others: ContainerRows): void {
    const length = others.#length
    if (length !== this.#length) {
      this.#names = others.#names.slice(0, length)
      this.#answers = others.#answers.slice(0, length)
      this.#numbers = others.#numbers.slice(0, length * WIDTH)
      this.#length = length
      return
    }
    for (let row = 0; row < length; row++) {
      this.#names[row] = others.#names[row] as string
      this.#answers[row] = others.#answers[row] as Answer
    }
    for (let i = 0; i < length * WIDTH; i++) this.#numbers[i] = others.#numbers[i] as number
  }

  #number(row: number, column: number): number {
    return this.#numbers[row * WIDTH + column] as number
  }

  /** Where the numbers of the new row begin. */
  #begin(name: string, answer: Answer): number {
    const row = this.#length++
    this.#names[row] = name
    this.#answers[row] = answer
    return row * WIDTH
  }
}
