import type { ResourceSample } from '../model/sample.ts'
import { firstRate } from './first-rate.ts'
import type { Rate, Reading } from './reading.ts'
import { isComparable, isSettled, isUnclear, timestampOf, windowOf } from './window.ts'

/**
 * `repeated`: this is a sample that we already have (or an older one), and what it said before still holds. `unknown`:
 * it says nothing yet, but another one may be compared with it.
 */
export type Outcome = Rate | 'repeated' | 'unknown'

/** cAdvisor's own interval (kubelet --housekeeping-interval): the window of a node's usageNanoCores when no other is known. */
const HOUSEKEEPING_MS = 10_000
/** What the Summary may lose by cutting times to whole seconds, on each side. */
const CUT_MS = 1000
/** Samples nearer than this in time are one sample: the window would be mostly error. */
const SHORTEST_WINDOW_MS = 500

/**
 * The rate of a container: Δcounter/Δtime against the previous sample of the same start, else what its first sample
 * tells of itself (docs/architecture.md, decision 2).
 */
export function containerRate(previous: Reading | undefined, current: Reading, resolutionMs: number): Outcome {
  if (isUnclear(current)) return 'unknown'
  const between = previous && difference(previous, current)
  if (between === 'repeated') return 'repeated'
  if (between === undefined) {
    const isNew = (previous === undefined || !sameStart(previous, current)) && isSettled(current)
    return firstRate(current, { timestampMs: timestampOf(current), resolutionMs, ownWindowMs: resolutionMs, isNew })
  }
  return { ...between, cpuNanocores: (between.nanoseconds * 1000) / between.windowMs }
}

/**
 * The rate of a node. cAdvisor samples nodes on its own schedule and the Summary cuts its times to whole seconds, so
 * Δtime is known only to within a second. Where the kubelet's usageNanoCores, exact but over cAdvisor's last interval,
 * agrees with that, it is the rate, and Δcounter tells the window. Where it does not, its time is another one.
 */
export function nodeRate(previous: Reading | undefined, current: Reading, resolutionMs: number): Outcome {
  if (isUnclear(current)) return 'unknown'
  const between = previous && difference(previous, current)
  if (between === 'repeated') return 'repeated'
  if (between === undefined) {
    const timestampMs = timestampOf(current)
    return firstRate(current, { timestampMs, resolutionMs, ownWindowMs: HOUSEKEEPING_MS, isNew: false })
  }
  const { nanoseconds, windowMs, timestampMs } = between
  const own = current.resource.cpuNanocores
  const ownWindowMs = own === undefined || own === 0 ? Number.NaN : (nanoseconds * 1000) / own
  if (own !== undefined && Math.abs(ownWindowMs - windowMs) < CUT_MS) {
    return { cpuNanocores: own, windowMs: ownWindowMs, timestampMs }
  }
  return { cpuNanocores: (nanoseconds * 1000) / windowMs, windowMs, timestampMs }
}

interface Difference {
  readonly nanoseconds: number
  readonly windowMs: number
  readonly timestampMs: number
}

/** `undefined`: the two cannot be compared (restart, counter set back, no counter, a clock that jumped). */
function difference(previous: Reading, current: Reading): Difference | 'repeated' | undefined {
  const before = previous.resource.cpuNanoseconds
  const after = current.resource.cpuNanoseconds
  if (before === undefined || after === undefined || !sameStart(previous, current)) return undefined
  if (!isComparable(previous, current)) return undefined
  if (after === before && current.resource.timeMs === previous.resource.timeMs) return 'repeated'
  if (after <= before && isOlder(previous.resource, current.resource)) return 'repeated'
  if (after < before) return undefined
  const windowMs = windowOf(previous, current)
  // More CPU at an earlier time: a clock that was set back.
  if (windowMs < 0) return undefined
  if (windowMs < SHORTEST_WINDOW_MS) return 'repeated'
  return { nanoseconds: after - before, windowMs, timestampMs: timestampOf(current) }
}

/** One format tells the same start each time. The two differ in precision: within a second they mean one. */
function sameStart({ resource: a, answer: earlier }: Reading, { resource: b, answer: later }: Reading): boolean {
  if (a.startTimeMs === undefined || b.startTimeMs === undefined || a.startTimeMs === b.startTimeMs) return true
  return earlier.source !== later.source && Math.abs(a.startTimeMs - b.startTimeMs) < CUT_MS
}

function isOlder(previous: ResourceSample, current: ResourceSample): boolean {
  return previous.timeMs !== undefined && current.timeMs !== undefined && current.timeMs < previous.timeMs
}
