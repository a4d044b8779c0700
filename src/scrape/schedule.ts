import type { Clock, Timer } from '../model/clock.ts'

/** Nodes in a group that is scraped together, so that code and data are in the processor's caches for all but the first. */
const TOGETHER = 16
/** From one group to the next, milliseconds; the work for a group takes a quarter of it. */
const BETWEEN_GROUPS_MS = 25

/**
 * Where in the resolution the n-th node is scraped, milliseconds from 0 up to `resolutionMs`. Groups follow each other
 * closely: CPU and network do not get all nodes at once, and the windows of all nodes still cover the same time, which the
 * HPA needs when it adds up pods of many nodes during a change of load.
 */
export function phaseOf(n: number, resolutionMs: number): number {
  return (Math.floor(n / TOGETHER) * BETWEEN_GROUPS_MS) % resolutionMs
}

/** The least time between ordinary scrapes, as a share of the resolution: a very short window is mostly error. */
export const LEAST_SHARE = 0.25

/** The first time of a phase at or after `earliestMs`. All in milliseconds of one clock. */
export function nextAt(phaseMs: number, resolutionMs: number, earliestMs: number): number {
  const rounds = Math.ceil((earliestMs - phaseMs) / resolutionMs)
  return phaseMs + rounds * resolutionMs
}

/** The longest pause after a failure, for any resolution. */
const LONGEST_PAUSE_MS = 60_000
/** A node that failed is scraped once more so long before its retention ends. */
const BEFORE_END_MS = 5000
/** The least pause after a failure. */
const LEAST_PAUSE_MS = 1000

/** What the time of the next scrape after a failure depends on. Milliseconds of the monotonic clock. */
interface FailedScrape {
  readonly nowMs: number
  readonly phaseMs: number
  readonly resolutionMs: number
  /** In a row. */
  readonly failures: number
  /** When the retention of the node's last samples ends; −∞ when there are none. */
  readonly retainedUntilMs: number
}

/**
 * When a node that failed is scraped again: after one resolution, then two, three and so on, up to a minute, and once more
 * before the retention of its last samples ends.
 */
export function retryAt({ nowMs, phaseMs, resolutionMs, failures, retainedUntilMs }: FailedScrape): number {
  const aligned = nextAt(phaseMs, resolutionMs, nowMs + (failures - 1 + LEAST_SHARE) * resolutionMs)
  const dueMs = Math.min(aligned, nowMs + LONGEST_PAUSE_MS)
  if (nowMs >= retainedUntilMs) return dueMs
  const lastMs = retainedUntilMs - Math.min(BEFORE_END_MS, resolutionMs / 3)
  return Math.min(dueMs, Math.max(lastMs, nowMs + LEAST_PAUSE_MS))
}

/** Calls functions at times of the monotonic clock, with one timer for all that are due at the same time. */
export class SharedTimers {
  readonly #clock: Clock
  readonly #due = new Map<number, Set<() => void>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `run` once, at `dueMs` of the monotonic clock; immediately when that is past. */
  at(dueMs: number, run: () => void): Timer {
    const runs = this.#due.get(dueMs) ?? this.#open(dueMs)
    // Wrapped, since the same function may be added twice.
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

/** The longest time that work counts against the limit, since a node that hangs costs nothing but its socket. */
const LONGEST_HOLD_MS = 1000

/** Limits how many tasks start at the same time; the others wait in order. */
export class ConcurrencyLimit {
  readonly #limit: number
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #held = 0

  constructor(limit: number, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** Runs `work` when the limit allows; settles as it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#held >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#held++
    let holding = true
    const letGo = () => {
      if (holding) this.#pass()
      holding = false
    }
    const timer = this.#clock.after(LONGEST_HOLD_MS, letGo)
    try {
      return await work()
    } finally {
      timer.cancel()
      letGo()
    }
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held--
    else next()
  }
}

/** Measures the duration of each scrape cycle, which is that of its slowest scrape. A cycle is one resolution. */
export class CycleDuration {
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

  /** Milliseconds since the last cycle ended: far more than one resolution when timers do not run. */
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
