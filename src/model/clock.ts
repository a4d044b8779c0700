/** A pending call of {@link Clock.after}. */
export interface Timer {
  cancel(): void
}

/** Time for all modules: passed in, so that tests set it by hand. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. May jump. */
  wallMs(): number
  /** Monotonic clock, milliseconds since some fixed moment, with fractions. Never jumps. */
  monotonicMs(): number
  /** Calls `run` once, `delayMs` milliseconds from now. A pending timer does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
}

/** The clock of this machine. */
export function createSystemClock(): Clock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const handle = setTimeout(run, delayMs)
      handle.unref()
      return { cancel: () => clearTimeout(handle) }
    },
  }
}
