import type { Clock, Timer } from '../model/clock.ts'

/** Calls things at moments of the monotonic clock, with one timer for all that are due at the same moment. */
export class Timetable {
  readonly #clock: Clock
  readonly #due = new Map<number, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `run` once, at `dueMs` of the monotonic clock; at once when that is past. */
  at(dueMs: number, run: () => void): Timer {
    const runs = this.#due.get(dueMs) ?? this.#open(dueMs)
    // A function of its own: the same one may be put down twice.
    const call = (): void => run()
    runs.add(call)
    return { cancel: () => void runs.delete(call) }
  }

  #open(dueMs: number): Set<() => void> {
    const runs = new Set<() => void>()
    this.#due.set(dueMs, runs)
    this.#clock.after(Math.max(0, dueMs - this.#clock.monotonicMs()), () => {
      this.#due.delete(dueMs)
      for (const run of runs) run()
    })
    return runs
  }
}
