import type { ResourceSample } from '../model/sample.ts'
import type { Answer } from './answer.ts'
import { type ContainerEntry, takenOf } from './container-entry.ts'
import type { Rate, Reading } from './reading.ts'

/** The numbers of a row: seven of a sample, three of its rate, and when it came. */
export const TIME = 0
export const START = 1
export const CPU = 2
export const OWN_RATE = 3
export const WORKING_SET = 4
export const SWAP = 5
export const SWAP_AVAILABLE = 6
export const RATE = 7
export const RATE_TIME = 8
export const RATE_WINDOW = 9
export const AT = 10
export const WIDTH = 11
export const UNKNOWN = Number.NaN

const known = (value: number | undefined): number | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : value

/** A container's entry, its reading and its sample in one: a view of the numbers of a row. */
export class RowEntry implements ContainerEntry, Reading, ResourceSample {
  readonly name: string
  readonly answer: Answer
  readonly #numbers: readonly number[]
  readonly #at: number

  constructor(name: string, answer: Answer, numbers: readonly number[], at: number) {
    this.name = name
    this.answer = answer
    this.#numbers = numbers
    this.#at = at
  }

  get reading(): Reading {
    return this
  }

  get resource(): ResourceSample {
    return this
  }

  get taken(): Reading['taken'] {
    return takenOf(this.answer)
  }

  get timeMs(): number | undefined {
    return known(this.#numbers[this.#at + TIME])
  }

  get startTimeMs(): number | undefined {
    return known(this.#numbers[this.#at + START])
  }

  get cpuNanoseconds(): number | undefined {
    return known(this.#numbers[this.#at + CPU])
  }

  get cpuNanocores(): number | undefined {
    return known(this.#numbers[this.#at + OWN_RATE])
  }

  get workingSetBytes(): number | undefined {
    return known(this.#numbers[this.#at + WORKING_SET])
  }

  get swapBytes(): number | undefined {
    return known(this.#numbers[this.#at + SWAP])
  }

  get swapAvailableBytes(): number | undefined {
    return known(this.#numbers[this.#at + SWAP_AVAILABLE])
  }

  get rate(): Rate | undefined {
    const cpuNanocores = known(this.#numbers[this.#at + RATE])
    const timestampMs = this.#numbers[this.#at + RATE_TIME]
    const windowMs = this.#numbers[this.#at + RATE_WINDOW]
    if (cpuNanocores === undefined || timestampMs === undefined || windowMs === undefined) return undefined
    return { cpuNanocores, timestampMs, windowMs }
  }

  get atMs(): number {
    return this.#numbers[this.#at + AT] ?? UNKNOWN
  }
}
