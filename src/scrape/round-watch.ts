import type { Clock, Timer } from '../model/clock.ts'

/** The slowest request of each resolution, as the time that a round of scrapes takes. */
export class RoundWatch {
  readonly #clock: Clock
  readonly #resolutionMs: number
  readonly #report: (seconds: number) => void
  #slowestMs = 0
  #lastMs: number
  #timer: Timer

  constructor(clock: Clock, resolutionMs: number, report: (seconds: number) => void) {
    this.#clock = clock
    this.#resolutionMs = resolutionMs
    this.#report = report
    this.#lastMs = clock.monotonicMs()
    this.#timer = this.#next()
  }

  end(durationMs: number): void {
    this.#slowestMs = Math.max(this.#slowestMs, durationMs)
  }

  /** Milliseconds since a resolution last came to its end: far more than one when timers do not run. */
  sinceLastMs(): number {
    return this.#clock.monotonicMs() - this.#lastMs
  }

  stop(): void {
    this.#timer.cancel()
  }

  #next(): Timer {
    return this.#clock.after(this.#resolutionMs, () => {
      if (this.#slowestMs > 0) this.#report(this.#slowestMs / 1000)
      this.#slowestMs = 0
      this.#lastMs = this.#clock.monotonicMs()
      this.#timer = this.#next()
    })
  }
}
