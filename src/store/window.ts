import type { Scrape } from '../model/sample.ts'
import type { Reading } from './rate.ts'

/** Within this, our own time of asking is held to be when the value was taken: the Summary cuts times to whole seconds. */
const AGREEMENT_MS = 1000
/** A runtime that keeps its answers does so for seconds; times further apart than this mean that the node's clock jumped. */
const CLOCK_JUMP_MS = 30_000
/** Samples nearer than this in time are one sample: the window would be mostly error. */
const SHORTEST_WINDOW_MS = 500

/**
 * The time between two samples, milliseconds; 0 when they are the same sample or the later one is older.
 *
 * Values taken when the kubelet was asked: the difference of the requests' midpoints on our monotonic clock, wherever
 * the reported times (whole seconds) do not contradict it, as they do when a runtime keeps its answers. Other values:
 * the difference of the reported times. When that can only be a clock that jumped, our own clock again.
 */
export function windowOf(previous: Reading, current: Reading): number {
  const asked = current.askedAt.monotonicMs - previous.askedAt.monotonicMs
  const before = previous.resource.timeMs
  const after = current.resource.timeMs
  if (before === undefined || after === undefined) return longEnough(asked)
  const reported = after - before
  const apart = Math.abs(reported - asked)
  if (apart > CLOCK_JUMP_MS) return longEnough(asked)
  const whenAsked = previous.taken === 'when-asked' && current.taken === 'when-asked'
  return longEnough(whenAsked && apart <= AGREEMENT_MS ? asked : reported)
}

/** When a sample was taken, by our wall clock, milliseconds since the epoch. */
export function timestampOf(reading: Reading): number {
  const asked = reading.askedAt.wallMs
  if (reading.resource.timeMs === undefined) return asked
  const reported = reading.resource.timeMs - reading.clockAheadMs
  // The cut second lies up to a second before the true moment; clocks that are kept agree to far less.
  const agrees = Math.abs(asked - reported - AGREEMENT_MS / 2) <= 1.5 * AGREEMENT_MS
  return reading.taken === 'when-asked' && agrees ? asked : reported
}

/** How far a node's clock is ahead of ours, milliseconds; 0 when the two agree as far as whole seconds can tell. */
export function clockAhead(scrape: Scrape): number {
  if (scrape.nodeTimeMs === undefined) return 0
  const ahead = scrape.nodeTimeMs + AGREEMENT_MS / 2 - scrape.askedAt.wallMs
  return Math.abs(ahead) <= 1.5 * AGREEMENT_MS ? 0 : ahead
}

function longEnough(windowMs: number): number {
  return windowMs < SHORTEST_WINDOW_MS ? 0 : windowMs
}
