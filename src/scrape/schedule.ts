import type { Clock, Timer } from '../model/clock.ts'

/** So many nodes are scraped in one go: code and data are in the processor's caches for all but the first of them. */
const TOGETHER = 16
/** From one group to the next, milliseconds: the work for a group takes a quarter of it. */
const BETWEEN_GROUPS_MS = 25

/**
 * Where in the resolution the n-th node is scraped, milliseconds from 0 up to `resolutionMs`: in small groups that follow
 * each other closely, so that neither CPU nor network sees all nodes at once, and still the windows of all nodes lie side
 * by side. HPA adds up pods of many nodes: were the windows apart, it would count new pods at the load that they took
 * over, and old ones at the load that they had before.
 */
export function phaseOf(n: number, resolutionMs: number): number {
  return (Math.floor(n / TOGETHER) * BETWEEN_GROUPS_MS) % resolutionMs
}

/** After an ordinary scrape, the least part of a resolution until the next one: a very short window is mostly error. */
export const LEAST_SHARE = 0.25

/** The first moment of a phase that is at or after `earliestMs`. All in milliseconds of one clock. */
export function nextAt(phaseMs: number, resolutionMs: number, earliestMs: number): number {
  const rounds = Math.ceil((earliestMs - phaseMs) / resolutionMs)
  return phaseMs + rounds * resolutionMs
}

/** No failing node is left alone for longer than this, whatever the resolution. */
const LONGEST_PAUSE_MS = 60_000
/** So long before the retention ends a node that failed is scraped once more. */
const BEFORE_END_MS = 5000
/** The least pause after a failure. */
const LEAST_PAUSE_MS = 1000

/** What decides when a node that failed is scraped again. Milliseconds; `…AtMs` of the monotonic clock. */
interface FailedScrape {
  readonly nowMs: number
  readonly phaseMs: number
  readonly resolutionMs: number
  /** In a row. */
  readonly failures: number
  /** When the retention of what the node reported last ends; −∞ when there is nothing. */
  readonly retainedUntilMs: number
}

/**
 * When a node that failed is scraped again: after one resolution, then two, three, …, within a minute, and once more
 * before what it reported last is served no longer.
 */
export function retryAt({ nowMs, phaseMs, resolutionMs, failures, retainedUntilMs }: FailedScrape): number {
  const aligned = nextAt(phaseMs, resolutionMs, nowMs + (failures - 1 + LEAST_SHARE) * resolutionMs)
  const dueMs = Math.min(aligned, nowMs + LONGEST_PAUSE_MS)
  if (nowMs >= retainedUntilMs) return dueMs
  const lastMs = retainedUntilMs - Math.min(BEFORE_END_MS, resolutionMs / 3)
  return Math.min(dueMs, Math.max(lastMs, nowMs + LEAST_PAUSE_MS))
}

/** Calls things at moments of the monotonic clock, with one timer for all that are due at the same moment. */
export class SharedTimers {
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

/** A slot is held until the work ends, but for no longer than this: a node that hangs costs us nothing but its socket. */
const LONGEST_HOLD_MS = 1000

/** Lets at most `limit` pieces of work begin at once; the rest wait in their order. */
export class ConcurrencyLimit {
  readonly #limit: number
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #held = 0

  constructor(limit: number, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** Runs `work` once a slot is free; settles as it does. */
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

/** The slowest request of each resolution, as the time that a round of scrapes takes. */
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
