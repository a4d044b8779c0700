import type { ResourceSample } from '../model/sample.ts'
import type { Answer } from './answer.ts'
import { type ContainerEntry, readingOf } from './container-entry.ts'
import type { Figure } from './figure.ts'
import type { Rate } from './reading.ts'
import { timestampOf } from './window.ts'

/** How many numbers are kept of a container: seven of its sample, three of its rate, and when it came. */
const WIDTH = 11
const UNKNOWN = Number.NaN
/** Where the figures are that need no computing. */
const PLACES = { startTimeMs: 1, cpuNanoseconds: 2, workingSetBytes: 4, swapBytes: 5 } as const

/**
 * The entries of a pod's containers from one answer to the next, as bare numbers that are written over in place. A
 * server that keeps objects instead spends more on collecting the old ones than on all else: they are young when they
 * are made and old when they are let go. (The engine keeps an array of nothing but numbers unboxed; a typed array of
 * this size takes three times as much.)
 */
export class KeptContainers {
  #names: readonly string[] = []
  #answers: Answer[] = []
  #numbers: number[] = []

  /** The entries as they were written, as objects of their own. */
  read(): ContainerEntry[] {
    return this.#answers.map((answer, i) => ({
      name: this.#names[i] ?? '',
      reading: readingOf(this.#resource(i * WIDTH), answer),
      rate: this.#rate(i * WIDTH),
      atMs: this.#numbers[i * WIDTH + 10] ?? UNKNOWN,
    }))
  }

  write(entries: readonly ContainerEntry[]): void {
    if (!this.#isFor(entries)) {
      this.#names = entries.map(({ name }) => name)
      this.#answers = entries.map(({ reading }) => reading.answer)
      this.#numbers = new Array<number>(entries.length * WIDTH).fill(UNKNOWN)
    }
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]
      if (entry !== undefined) this.#writeOne(i, entry)
    }
  }

  /** Calls `take` for each container of which the figure is known. Makes no objects: all of a cluster are told in a row. */
  tell(figure: Figure, take: (container: string, value: number, timestampMs: number) => void): void {
    for (let i = 0; i < this.#answers.length; i++) {
      const value = this.#figure(i * WIDTH, figure)
      if (!Number.isNaN(value)) take(this.#names[i] ?? '', value, this.#timestamp(i))
    }
  }

  #figure(at: number, figure: Figure): number {
    if (figure !== 'swapLimitBytes') return this.#numbers[at + PLACES[figure]] ?? UNKNOWN
    return (this.#numbers[at + 6] ?? UNKNOWN) + (this.#known(at + 5) ?? 0)
  }

  #timestamp(i: number): number {
    const known = this.#known(i * WIDTH + 8)
    const answer = this.#answers[i]
    if (known !== undefined || answer === undefined) return known ?? UNKNOWN
    return timestampOf(readingOf(this.#resource(i * WIDTH), answer))
  }

  #isFor(entries: readonly ContainerEntry[]): boolean {
    return entries.length === this.#names.length && entries.every(({ name }, i) => name === this.#names[i])
  }

  #writeOne(i: number, { reading: { resource, answer }, rate, atMs }: ContainerEntry): void {
    const numbers = this.#numbers
    const at = i * WIDTH
    this.#answers[i] = answer
    numbers[at] = resource.timeMs ?? UNKNOWN
    numbers[at + 1] = resource.startTimeMs ?? UNKNOWN
    numbers[at + 2] = resource.cpuNanoseconds ?? UNKNOWN
    numbers[at + 3] = resource.cpuNanocores ?? UNKNOWN
    numbers[at + 4] = resource.workingSetBytes ?? UNKNOWN
    numbers[at + 5] = resource.swapBytes ?? UNKNOWN
    numbers[at + 6] = resource.swapAvailableBytes ?? UNKNOWN
    numbers[at + 7] = rate?.cpuNanocores ?? UNKNOWN
    numbers[at + 8] = rate?.timestampMs ?? UNKNOWN
    numbers[at + 9] = rate?.windowMs ?? UNKNOWN
    numbers[at + 10] = atMs
  }

  #resource(at: number): ResourceSample {
    return {
      timeMs: this.#known(at),
      startTimeMs: this.#known(at + 1),
      cpuNanoseconds: this.#known(at + 2),
      cpuNanocores: this.#known(at + 3),
      workingSetBytes: this.#known(at + 4),
      swapBytes: this.#known(at + 5),
      swapAvailableBytes: this.#known(at + 6),
    }
  }

  #rate(at: number): Rate | undefined {
    const cpuNanocores = this.#known(at + 7)
    const timestampMs = this.#known(at + 8)
    const windowMs = this.#known(at + 9)
    if (cpuNanocores === undefined || timestampMs === undefined || windowMs === undefined) return undefined
    return { cpuNanocores, timestampMs, windowMs }
  }

  #known(at: number): number | undefined {
    const value = this.#numbers[at]
    return value === undefined || Number.isNaN(value) ? undefined : value
  }
}
