import type { Clock } from '../model/clock.ts'

/**
 * The highest that a number was in the last second (kubernetes/apiserver, pkg/server/filters/maxinflight.go, which has a
 * timer for it). This one looks at the clock instead: it tells of the second that is under way and the one before.
 */
export class Watermark {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #second = 0
  #now = 0
  #highest = 0
  #before = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  set(value: number): void {
    this.#turn()
    this.#now = value
    if (value > this.#highest) this.#highest = value
  }

  highest(): number {
    this.#turn()
    return Math.max(this.#before, this.#highest)
  }

  #turn(): void {
    const second = Math.floor(this.#clock.monotonicMs() / 1000)
    if (second === this.#second) return
    this.#before = second === this.#second + 1 ? this.#highest : this.#now
    this.#highest = this.#now
    this.#second = second
  }
}
