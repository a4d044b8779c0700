import type { Reading } from './rate.ts'
import { stalenessMs } from './window.ts'

/** cAdvisor looks every 10 to 20 s (its housekeeping interval with jitter): a sample may well be that old when it is new to us. */
const USUAL_STALENESS_MS = 20_000

/**
 * When a sample could first have been told, by our monotonic clock: when it was, or earlier for one that is far older
 * than it may be. The retention counts from there.
 */
export function firstToldMs(reading: Reading): number {
  return reading.answer.askedAt.monotonicMs - Math.max(0, stalenessMs(reading) - USUAL_STALENESS_MS)
}
