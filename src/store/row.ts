import { CPU, OWN_RATE, SAMPLE_WIDTH, START, SWAP, SWAP_AVAILABLE, TIME, WORKING_SET } from '../model/sample-rows.ts'
import type { Answer } from './answer.ts'
import type { Reading } from './reading.ts'

/** A row begins with the numbers of a sample; these of its rate follow, and when it came. */
export const RATE = SAMPLE_WIDTH
export const RATE_TIME = SAMPLE_WIDTH + 1
export const RATE_WINDOW = SAMPLE_WIDTH + 2
export const AT = SAMPLE_WIDTH + 3
export const WIDTH = SAMPLE_WIDTH + 4

const NO_ANSWER: Answer = {
  source: 'summary',
  askedAt: { wallMs: Number.NaN, monotonicMs: Number.NaN },
  nodeTimeMs: Number.NaN,
  clockAheadMs: 0,
  steadySinceMs: Number.NEGATIVE_INFINITY,
}

/** The sample in a row, as it is then: a view that is set to one row after the other. */
export class Row implements Reading {
  taken: Reading['taken'] = 'reported'
  answer: Answer = NO_ANSWER
  #numbers: readonly number[] = []
  #at = 0

  show(numbers: readonly number[], at: number, answer: Answer, taken: Reading['taken']): void {
    this.#numbers = numbers
    this.#at = at
    this.answer = answer
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
}
