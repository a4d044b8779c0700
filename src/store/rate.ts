import { firstRate } from './first-rate.ts'
import type { Rate, Reading } from './reading.ts'
import { isComparable, isSettled, isUnclear, timestampOf, windowOf } from './window.ts'

/**
 * `rate`: there is one now. `repeated`: this is a sample that we already have (or an older one), and what it said before
 * still holds. `unknown`: it says nothing yet, but another one may be compared with it.
 */
export type Outcome = 'rate' | 'repeated' | 'unknown'

/** cAdvisor's own interval (kubelet --housekeeping-interval): the window of a node's usageNanoCores when no other is known. */
const HOUSEKEEPING_MS = 10_000
/** What the Summary may lose by cutting times to whole seconds, on each side. */
const CUT_MS = 1000
/** Samples nearer than this in time are one sample: the window would be mostly error. */
const SHORTEST_WINDOW_MS = 500

/**
 * Puts the rate of a container into `rate`: Δcounter/Δtime against the previous sample of the same start, else what its
 * first sample tells of itself (docs/architecture.md, decision 2).
 */
export function containerRate(
  previous: Reading | undefined,
  current: Reading,
  resolutionMs: number,
  rate: Rate,
): Outcome {
  if (isUnclear(current)) return 'unknown'
  const compared = previous === undefined ? 'incomparable' : compare(previous, current, rate)
  if (compared !== 'incomparable') return compared
  const isNew = (previous === undefined || !sameStart(previous, current)) && isSettled(current)
  const options = { timestampMs: timestampOf(current), resolutionMs, ownWindowMs: resolutionMs, isNew }
  return firstRate(current, options, rate)
}

/**
 * Puts the rate of a node into `rate`. cAdvisor samples nodes on its own schedule and the Summary cuts its times to whole
 * seconds, so Δtime is known only to within a second. Where the kubelet's usageNanoCores, exact but over cAdvisor's last
 * interval, agrees with that, it is the rate, and Δcounter tells the window. Where it does not, its time is another one.
 */
export function nodeRate(previous: Reading | undefined, current: Reading, resolutionMs: number, rate: Rate): Outcome {
  if (isUnclear(current)) return 'unknown'
  const compared = previous === undefined ? 'incomparable' : compare(previous, current, rate)
  if (previous === undefined || compared === 'incomparable') {
    const timestampMs = timestampOf(current)
    return firstRate(current, { timestampMs, resolutionMs, ownWindowMs: HOUSEKEEPING_MS, isNew: false }, rate)
  }
  const own = current.cpuNanocores
  const ownWindowMs = ((current.cpuNanoseconds - previous.cpuNanoseconds) * 1000) / own
  const agrees = own > 0 && Math.abs(ownWindowMs - rate.windowMs) < CUT_MS
  if (compared === 'rate' && agrees) rate.set(own, rate.timestampMs, ownWindowMs)
  return compared
}

/** `incomparable`: restart, counter set back, no counter, a clock that jumped. */
function compare(previous: Reading, current: Reading, rate: Rate): 'rate' | 'repeated' | 'incomparable' {
  const before = previous.cpuNanoseconds
  const after = current.cpuNanoseconds
  if (Number.isNaN(before) || Number.isNaN(after) || !sameStart(previous, current)) return 'incomparable'
  if (!isComparable(previous, current)) return 'incomparable'
  // NaN is NaN here: neither time is told.
  if (after === before && Object.is(previous.timeMs, current.timeMs)) return 'repeated'
  if (after <= before && current.timeMs < previous.timeMs) return 'repeated'
  if (after < before) return 'incomparable'
  const windowMs = windowOf(previous, current)
  // More CPU at an earlier time: a clock that was set back.
  if (windowMs < 0) return 'incomparable'
  if (windowMs < SHORTEST_WINDOW_MS) return 'repeated'
  rate.set(((after - before) * 1000) / windowMs, timestampOf(current), windowMs)
  return 'rate'
}

/** One format tells the same start each time. The two differ in precision: within a second they mean one. */
function sameStart(previous: Reading, current: Reading): boolean {
  const a = previous.startTimeMs
  const b = current.startTimeMs
  if (a === b || Number.isNaN(a) || Number.isNaN(b)) return true
  return previous.answer.source !== current.answer.source && Math.abs(a - b) < CUT_MS
}
