import type { Moment, ResourceSample } from '../model/sample.ts'
import { timestampOf, windowOf } from './window.ts'

/** A sample with what is needed to compare it with another one. */
export interface Reading {
  readonly resource: ResourceSample
  /**
   * `when-asked`: the Summary's containers, sampled for the answer, their times cut to whole seconds. `reported`: at the
   * time that the sample says: the exposition format, and nodes in both (cAdvisor's, seconds earlier).
   */
  readonly taken: 'when-asked' | 'reported'
  readonly askedAt: Moment
  /** How far the node's clock is ahead of ours, milliseconds; 0 where they agree. */
  readonly clockAheadMs: number
}

/** CPU, nanocores (not rounded), over [timestampMs − windowMs, timestampMs]. */
export interface Rate {
  readonly cpuNanocores: number
  readonly timestampMs: number
  readonly windowMs: number
}

/** `repeated`: this is a sample that we already have (or an older one), and what it said before still holds. */
export type Outcome = Rate | 'repeated' | 'unknown'

/** A container has to be this old before its whole life is a window that means something (the Go server's rule). */
const YOUNGEST_LIFE_MS = 10_000
/** cAdvisor's own interval (kubelet --housekeeping-interval): the window of a node's usageNanoCores when no other is known. */
const HOUSEKEEPING_MS = 10_000
/** What the Summary may lose by cutting times to whole seconds, on each side. */
const CUT_MS = 1000

/**
 * The rate of a container: Δcounter/Δtime against the previous sample of the same start, else what its first sample
 * tells of itself (docs/architecture.md, decision 2).
 */
export function containerRate(previous: Reading | undefined, current: Reading, resolutionMs: number): Outcome {
  const between = previous && difference(previous, current)
  if (between === 'repeated') return 'repeated'
  if (between !== undefined) {
    return { ...between, cpuNanocores: (between.nanoseconds * 1000) / between.windowMs }
  }
  return firstRate(current, resolutionMs, resolutionMs)
}

/**
 * The rate of a node. cAdvisor samples nodes on its own schedule and the Summary cuts its times to whole seconds, so
 * Δcounter/Δtime is known only to within a second of Δtime; the kubelet's usageNanoCores, exact but over a shorter
 * time, is taken as far as the two agree.
 */
export function nodeRate(previous: Reading | undefined, current: Reading, resolutionMs: number): Outcome {
  const between = previous && difference(previous, current)
  if (between === 'repeated') return 'repeated'
  if (between === undefined) return firstRate(current, resolutionMs, HOUSEKEEPING_MS)
  const { nanoseconds, windowMs, timestampMs } = between
  const own = current.resource.cpuNanocores
  const measured = (nanoseconds * 1000) / windowMs
  if (own === undefined) return { cpuNanocores: measured, windowMs, timestampMs }
  const least = (nanoseconds * 1000) / (windowMs + CUT_MS)
  const most = windowMs > CUT_MS ? (nanoseconds * 1000) / (windowMs - CUT_MS) : Number.POSITIVE_INFINITY
  return { cpuNanocores: Math.min(Math.max(own, least), most), windowMs, timestampMs }
}

interface Difference {
  readonly nanoseconds: number
  readonly windowMs: number
  readonly timestampMs: number
}

/** `undefined`: the two cannot be compared (restart, counter set back, no counter). */
function difference(previous: Reading, current: Reading): Difference | 'repeated' | undefined {
  const before = previous.resource.cpuNanoseconds
  const after = current.resource.cpuNanoseconds
  if (before === undefined || after === undefined || !sameStart(previous.resource, current.resource)) return undefined
  if (after < before) return isOlder(previous.resource, current.resource) ? 'repeated' : undefined
  if (after === before && current.resource.timeMs === previous.resource.timeMs) return 'repeated'
  const windowMs = windowOf(previous, current)
  if (windowMs <= 0) return 'repeated'
  return { nanoseconds: after - before, windowMs, timestampMs: timestampOf(current) }
}

/** The two formats give starts with different precision: within a second they are one start. */
function sameStart(a: ResourceSample, b: ResourceSample): boolean {
  if (a.startTimeMs === undefined || b.startTimeMs === undefined) return true
  return Math.abs(a.startTimeMs - b.startTimeMs) < CUT_MS
}

function isOlder(previous: ResourceSample, current: ResourceSample): boolean {
  return previous.timeMs !== undefined && current.timeMs !== undefined && current.timeMs < previous.timeMs
}

/** What a sample says on its own: the kubelet's rate, or the whole life of a container younger than the resolution. */
function firstRate(current: Reading, resolutionMs: number, ownWindowMs: number): Rate | 'unknown' {
  const { cpuNanocores: own, cpuNanoseconds: total } = current.resource
  const timestampMs = timestampOf(current)
  const age = ageMs(current)
  if (own !== undefined && own > 0) {
    return { cpuNanocores: own, timestampMs, windowMs: Math.max(CUT_MS, Math.min(age ?? ownWindowMs, ownWindowMs)) }
  }
  if (total === undefined || age === undefined) return 'unknown'
  // Used nothing since it started: 0 is its rate over any window.
  if (total === 0 && age >= CUT_MS) return { cpuNanocores: 0, timestampMs, windowMs: Math.min(age, resolutionMs) }
  if (age < YOUNGEST_LIFE_MS || age >= resolutionMs) return 'unknown'
  return { cpuNanocores: (total * 1000) / age, timestampMs, windowMs: age }
}

/** Both times are the node's own, so its clock may be wrong. */
function ageMs(reading: Reading): number | undefined {
  const { timeMs, startTimeMs } = reading.resource
  return timeMs === undefined || startTimeMs === undefined ? undefined : timeMs - startTimeMs
}
