import { type ObservedSample, type Rate, START_CONFIRMED, START_DRIFTS, ZERO_AT_FIRST } from './sample-table.ts'
import { CUT_MS } from './scrape-clock.ts'
import { isComparable, isCut, isSettled, measureWindow, type TimeWindow, timestampOf } from './time-window.ts'

/** What the machine has, with a margin: more than this is no sample. Infinity where the Node does not report it. */
export interface Limits {
  readonly nanocores: number
  readonly bytes: number
}

/** What is different between the CPU of a node and that of a container. */
export interface RateRules {
  /** The likely window of the kubelet's own rate. */
  readonly ownWindowMs: number
  /** Younger than this has no value: a start takes more CPU than what follows (the Go server's rule, pkg/storage/pod.go). */
  readonly leastAgeMs: number
  /**
   * Younger than this the window reaches back before the start, unless the rate is over a window of two ordinary
   * scrapes: HPA leaves out a pod that was not ready for all of its window (replica_calculator.go, groupPods).
   */
  readonly youngMs: number
}

/**
 * How a sample goes on from an earlier one of the same container. `grew`: by its counter, which may have stood still.
 * `repeated`: it is the same sample, or an older one. `restarted`: its container is another one. `uncounted`: neither has
 * a counter. `incomparable`: a clock jumped, or there was no counter before. `contradicts`: at most one of them is right.
 */
export type Continuation = 'grew' | 'repeated' | 'restarted' | 'uncounted' | 'incomparable' | 'contradicts'

/** Over a window of this share of a resolution a rate is mostly error, or of another moment than its neighbours'. */
export const LEAST_WINDOW_SHARE = 0.5
/** A window of at least this share of a resolution lies between two ordinary scrapes. */
const ORDINARY_WINDOW_SHARE = 0.9
/** Samples nearer than this in time are one sample: the window would be mostly error. */
const SHORTEST_WINDOW_MS = 500
/** Above this share of the window the error of its ends is larger than what the kubelet's own rate may be off by. */
export const EXACT_SHARE = 0.005
/** A first rate that differs from the kubelet's own by more than this share is doubted. */
const DENIED_SHARE = 0.1
/** So much of a rate may be error where two rates are compared. */
const ERROR_SHARE = 0.03
/** The kubelet's own rate, over a window of its own, may differ by this share from one that it bears out. */
const OWN_RATE_SHARE = 0.25
/** A counter that was less than this share of what it grew by since says little of whether it is the same. */
const LEAST_SHARE_BEFORE = 0.5
/** No rate of the kubelet's own is over less than this. */
const LEAST_OWN_WINDOW_MS = 1000

/** How `after` goes on from `before`; where it grew, `window` is the time between the two. */
export function continuation(
  before: ObservedSample,
  after: ObservedSample,
  limits: Limits,
  window: TimeWindow,
): Continuation {
  const [from, to] = [before.cpuNanoseconds, after.cpuNanoseconds]
  // NaN is NaN here: neither time is reported.
  const isSameTime = Object.is(before.timeMs, after.timeMs)
  if (Number.isNaN(to)) {
    if (!Number.isNaN(from)) return 'contradicts'
    const isSame = isSameTime && !Number.isNaN(after.timeMs) && Object.is(before.cpuNanocores, after.cpuNanocores)
    return isSame ? 'repeated' : 'uncounted'
  }
  if (Number.isNaN(from) || !isComparable(before, after)) return 'incomparable'
  if (to > from && (before.flags & ZERO_AT_FIRST) !== 0) return 'incomparable'
  if (to === from && isSameTime) return 'repeated'
  if (to <= from && after.timeMs < before.timeMs) return 'repeated'
  const isStartedSince = startedSince(before, after)
  if (to < from) return isStartedSince && (before.flags & START_DRIFTS) === 0 ? 'restarted' : 'contradicts'
  measureWindow(before, after, window)
  // More CPU at an earlier time: a clock that was set back.
  if (window.maxMs < 0) return 'incomparable'
  if (window.midMs < SHORTEST_WINDOW_MS) return 'repeated'
  if (isBeyond((to - from) * 1000, window, limits)) return 'contradicts'
  return isStartedSince && !isSameLife(before, after, limits, window) ? 'contradicts' : 'grew'
}

/** Puts into `rate` what the counter grew by from `before` to `after`, over their window. */
export function growthRate(before: ObservedSample, after: ObservedSample, window: TimeWindow, rate: Rate): void {
  const grown = (after.cpuNanoseconds - before.cpuNanoseconds) * 1000
  const timestampMs = window.byRequests ? after.clock.askedAt.wallMs : timestampOf(after)
  const own = after.cpuNanocores
  const ownWindowMs = grown / own
  const isExact = window.maxMs - window.minMs <= EXACT_SHARE * window.midMs
  // The kubelet's rate is exact, but over a window of its own: it counts where the counter bears it out.
  if (!isExact && own > 0 && ownWindowMs >= window.minMs && ownWindowMs <= window.maxMs && ownWindowMs > 0) {
    rate.set(own, timestampMs, ownWindowMs)
  } else rate.set(grown / window.midMs, timestampMs, window.midMs)
}

/**
 * Whether a first rate may come of a glitch in the first sample: its counter was small, and the kubelet's own rate (`own`,
 * nanocores; NaN denies nothing) is another. That may be over a shorter time, so it must differ by much.
 */
export function isDenied(before: ObservedSample, after: ObservedSample, own: number, window: TimeWindow): boolean {
  const grown = after.cpuNanoseconds - before.cpuNanoseconds
  if (before.cpuNanoseconds >= LEAST_SHARE_BEFORE * grown) return false
  const least = grown * 1000 * (1 - DENIED_SHARE)
  const most = grown * 1000 * (1 + DENIED_SHARE)
  return own * window.maxMs < least || own * Math.max(0, window.minMs) > most
}

/** Whether a window is no longer than that of an extra scrape: HPA is not to take a young pod's value over it. */
export function isShorterThanOrdinary({ midMs }: TimeWindow, resolutionMs: number): boolean {
  return midMs < ORDINARY_WINDOW_SHARE * resolutionMs
}

/**
 * Puts into `rate` the mean over the whole life of something young, in a window that is never shorter than that life may
 * have been: the Summary cuts start and sample to whole seconds, and HPA compares in them. False where the start is not
 * certain, and neither `own`, the kubelet's rate, nor `grown`, between two samples, bears it out (NaN: there is none).
 */
export function lifeRate(sample: ObservedSample, ageMs: number, own: number, grown: number, rate: Rate): boolean {
  const total = sample.cpuNanoseconds * 1000
  const cutMs = isCut(sample) ? CUT_MS : 0
  const windowMs = Math.max(1, ageMs + cutMs)
  const [least, most] = [total / windowMs, total / Math.max(1, ageMs - cutMs)]
  const isBorneOut = (value: number): boolean => value >= least * (1 - ERROR_SHARE) && value <= most * (1 + ERROR_SHARE)
  if ((sample.flags & START_CONFIRMED) === 0 && !isBorneOut(own) && !isBorneOut(grown)) return false
  rate.set(least, timestampOf(sample), windowMs)
  return true
}

/**
 * Puts into `rate` what a sample says of something older by itself: the kubelet's own rate. Over which time that one is
 * nobody reports: `ownWindowMs`, or the life where that is shorter, is the best guess. False when there is no rate or guess.
 */
export function ownRate(
  sample: ObservedSample,
  ageMs: number,
  limits: Limits,
  ownWindowMs: number,
  rate: Rate,
): boolean {
  const own = believableOwnRate(sample, limits)
  if (Number.isNaN(own) || Number.isNaN(ownWindowMs)) return false
  const lifeMs = isCut(sample) ? ageMs + CUT_MS : ageMs
  const windowMs = Number.isNaN(ageMs) ? ownWindowMs : Math.min(lifeMs, ownWindowMs)
  rate.set(own, timestampOf(sample), Math.max(LEAST_OWN_WINDOW_MS, windowMs))
  return true
}

/**
 * The kubelet's own rate, nanocores; NaN where it is none. 0 may mean "not known yet" beside a counter, and is a value
 * where there is none (virtual kubelets).
 */
export function believableOwnRate(sample: ObservedSample, limits: Limits): number {
  const { cpuNanocores: own, cpuNanoseconds: total } = sample
  if (own > limits.nanocores || (own === 0 && !Number.isNaN(total))) return Number.NaN
  // A rate over at least a second cannot be more than all that was ever used.
  return own > total ? Number.NaN : own
}

/**
 * How old something is, milliseconds, by its start; NaN when that is not known, or when its counter could not have come
 * about since: then the start is not its own (cAdvisor takes it from file times, which move).
 */
export function ageOf(sample: ObservedSample, limits: Limits): number {
  const ageMs = sample.timeMs - sample.startTimeMs
  if (Number.isNaN(ageMs) || ageMs < -CUT_MS) return Number.NaN
  return sample.cpuNanoseconds * 1000 > limits.nanocores * (ageMs + CUT_MS) ? Number.NaN : Math.max(0, ageMs)
}

/** What is certain of an age: start and sample are cut to whole seconds in the Summary. */
export function leastAge(ageMs: number, sample: ObservedSample): number {
  return isCut(sample) ? ageMs - CUT_MS : ageMs
}

/** Whether a start moved, by more than formats differ in. */
export function hasMovedStart(before: ObservedSample, after: ObservedSample): boolean {
  return Math.abs(after.startTimeMs - before.startTimeMs) > CUT_MS
}

/** Whether its start lies after the earlier sample: only then can it be another container. */
function startedSince(before: ObservedSample, after: ObservedSample): boolean {
  const [from, to] = [before.startTimeMs, after.startTimeMs]
  // A clock that jumped of late may have dated the two starts differently.
  if (!isSettled(before)) return Math.abs(to - from) >= CUT_MS
  // A start that lies after its own sample was dated by a clock that was set back since.
  if (Number.isNaN(to) || (to <= from && !(from > before.timeMs + CUT_MS))) return false
  // The two formats differ in precision: within a second they mean one start.
  const isOneStart = before.clock.source !== after.clock.source && to - from < CUT_MS
  if (isOneStart) return false
  return Number.isNaN(before.timeMs) ? to - from > CUT_MS : to + CUT_MS >= before.timeMs
}

/**
 * Whether something whose start moved into the window, while its counter went on, is still the same: its counter is more
 * than it could have used since that start, or its rate is what the kubelet reports. The latter proves nothing of a counter
 * that was small before: then a restart would give much the same rate.
 */
function isSameLife(before: ObservedSample, after: ObservedSample, limits: Limits, { midMs }: TimeWindow): boolean {
  if ((before.flags & START_DRIFTS) !== 0) return true
  const grown = after.cpuNanoseconds - before.cpuNanoseconds
  const [rate, own] = [(grown * 1000) / midMs, after.cpuNanocores]
  const isBorneOut = own > 0 && Math.abs(own - rate) <= OWN_RATE_SHARE * Math.max(own, rate)
  if (isBorneOut && before.cpuNanoseconds >= LEAST_SHARE_BEFORE * grown) return true
  return Number.isNaN(ageOf(after, limits))
}

/** Whether so much (nanocores × milliseconds) cannot have been used in the window. */
function isBeyond(grown: number, { midMs, maxMs }: TimeWindow, { nanocores }: Limits): boolean {
  return grown > nanocores * Math.max(maxMs, LEAST_OWN_WINDOW_MS) || grown > 1.1 * nanocores * midMs
}
