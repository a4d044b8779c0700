import type { Clock } from '../../model/clock.ts'

const FIRST_MS = 800
const LONGEST_MS = 30_000
const FORGET_MS = 120_000

/**
 * How long to wait before trying again: from 0.8 s, twice as long each time, each stretched by a random factor of up to
 * two and never over 30 s, so that servers which lost the same apiserver do not come back together. It begins anew when
 * the last wait was two minutes ago (the figures of client-go, tools/cache/reflector.go, but for the cap, which there
 * is stretched to a minute).
 */
export interface Backoff {
  /** Milliseconds. */
  next(): number
}

export function createBackoff(clock: Clock, random: () => number): Backoff {
  let baseMs = FIRST_MS
  let lastEndMs = Number.NEGATIVE_INFINITY
  return {
    next() {
      if (clock.monotonicMs() - lastEndMs > FORGET_MS) baseMs = FIRST_MS
      const delayMs = baseMs * (1 + random())
      baseMs = Math.min(baseMs * 2, LONGEST_MS / 2)
      lastEndMs = clock.monotonicMs() + delayMs
      return delayMs
    },
  }
}
