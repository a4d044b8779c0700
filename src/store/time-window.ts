import { KEPT_BY_RUNTIME, type ObservedSample } from './sample-table.ts'
import { CUT_MS } from './scrape-clock.ts'

/** By the node's own clock: a value this old when it was reported was sampled for the answer, and both were cut to seconds. */
const FRESH_MS = 1500
/** A request that took longer says less of when its values were sampled than the second that the kubelet reports. */
const PROMPT_HALF_MS = 500
/** The clock of a node that does not report it has jumped when times are further apart than this. */
const CLOCK_JUMP_MS = 30_000
/** Longer ago than any look of a kubelet with an ordinary housekeeping interval. */
const LONG_OVER_MS = 120_000
/** For so long after a jump of its clock a node may report values that its runtime sampled, and dated, before it. */
const UNSETTLED_MS = 60_000
/** By default cAdvisor samples every 10 to 20 s (its housekeeping interval with jitter). */
const LONGEST_LOOK_MS = 20_000

/** The time between two samples, milliseconds: what it may have been, and the best guess. Written over for each pair. */
export class TimeWindow {
  minMs = Number.NaN
  midMs = Number.NaN
  maxMs = Number.NaN
  /** The times that the kubelet reported say nothing: it is the time between the requests. */
  byRequests = false

  set(minMs: number, midMs: number, maxMs: number, byRequests: boolean): void {
    this.minMs = minMs
    this.midMs = midMs
    this.maxMs = maxMs
    this.byRequests = byRequests
  }
}

/**
 * Puts the time between two samples into `window`; negative when the later one is dated before the earlier one.
 *
 * What was sampled for its answer lies both within the request and within the second that was reported. Values that are
 * older than their answer (cAdvisor's, or a runtime's that keeps them) have the reported times alone. A node that does
 * not report its clock is judged by how far the two differ.
 */
export function measureWindow(before: ObservedSample, after: ObservedSample, window: TimeWindow): void {
  const asked = after.clock.askedAt.monotonicMs - before.clock.askedAt.monotonicMs
  const halves = before.clock.halfMs + after.clock.halfMs
  const reported = after.timeMs - before.timeMs
  if (Number.isNaN(reported) || (reported === 0 && isOver(before))) {
    window.set(asked - halves, asked, asked + halves, true)
    return
  }
  const minMs = reported - (isCut(before) ? CUT_MS : 0)
  const maxMs = reported + (isCut(after) ? CUT_MS : 0)
  const agreeing = agreement(before, after, Math.abs(reported - asked))
  if (agreeing === 'reported') {
    window.set(minMs, reported, maxMs, false)
    return
  }
  const [low, high] = [Math.max(minMs, asked - halves), Math.min(maxMs, asked + halves)]
  if (low > high || agreeing === 'requests') window.set(asked - halves, asked, asked + halves, false)
  else window.set(low, (low + high) / 2, high, false)
}

/**
 * Whether the second that a sample is dated with was long over when it was reported: a counter that goes on under that
 * date is sampled again, and the date is that of something else. cAdvisor may look twice within one whole second.
 */
function isOver(sample: ObservedSample): boolean {
  return !(ageMs(sample) <= LONG_OVER_MS)
}

/** Which times give the distance of two samples: those of the requests, those reported, or the intersection of both. */
function agreement(before: ObservedSample, after: ObservedSample, apartMs: number): 'requests' | 'reported' | 'both' {
  // Of a pair in which only one is exact (the node gave the other format), the second that is cut would be the error.
  const isWhenAsked = before.taken === 'when-asked' || after.taken === 'when-asked'
  const isPrompt = before.clock.halfMs <= PROMPT_HALF_MS && after.clock.halfMs <= PROMPT_HALF_MS
  if (isAged(before) && isAged(after)) {
    return isWhenAsked && isPrompt && isOfAnswer(before) && isOfAnswer(after) ? 'both' : 'reported'
  }
  if (apartMs > CLOCK_JUMP_MS) return 'requests'
  return isWhenAsked && isPrompt && apartMs <= CUT_MS ? 'both' : 'reported'
}

/** What of a sample says when it was taken. */
type DatedSample = Pick<ObservedSample, 'timeMs' | 'taken' | 'clock' | 'flags'>

/** When a sample was taken, by our wall clock, milliseconds since the epoch; not after the answer that reported it. */
export function timestampOf(sample: DatedSample): number {
  const { clock, timeMs } = sample
  const asked = clock.askedAt.wallMs
  if (Number.isNaN(timeMs)) return asked
  const latest = asked + clock.halfMs
  const reported = timeMs - clock.clockAheadMs
  // Clocks that agree may still be a second apart.
  if (reported > latest + FRESH_MS) return asked
  if (sample.taken !== 'when-asked') return reported
  const isAsked = isAged(sample)
    ? isOfAnswer(sample)
    : // The cut second lies up to a second before the true moment; clocks that are kept agree to far less.
      Math.abs(asked - reported - CUT_MS / 2) <= 1.5 * CUT_MS
  if (!isAsked) return reported
  return clock.halfMs <= PROMPT_HALF_MS ? asked : Math.min(Math.max(asked, reported), reported + CUT_MS, latest)
}

/** Whether no clock jumped between two samples, so that times of the one can be compared with those of the other. */
export function isComparable(before: ObservedSample, after: ObservedSample): boolean {
  return isDated(before) && before.clock.askedAt.monotonicMs >= after.clock.steadySinceMs
}

/**
 * Whether nothing can be said of a sample's time: a clock has just jumped (then the kubelet's own rates are wrong too),
 * or the sample may be from before the jump.
 */
export function isUnclear(sample: ObservedSample): boolean {
  const { clock } = sample
  return clock.steadySinceMs === clock.askedAt.monotonicMs || !isDated(sample)
}

/** Whether the node's clock has not jumped of late: what it says of the past is dated by the same clock. */
export function isSettled({ clock: { askedAt, steadySinceMs } }: ObservedSample): boolean {
  return askedAt.monotonicMs - steadySinceMs > UNSETTLED_MS
}

/** Whether a sample is older than the answer that reported it: its runtime keeps values. */
export function isKept(sample: ObservedSample): boolean {
  return sample.taken === 'when-asked' && ageMs(sample) > FRESH_MS + sample.clock.halfMs
}

/** Whether its times are in whole seconds. */
export function isCut({ clock }: ObservedSample): boolean {
  return clock.source === 'summary'
}

/**
 * Whether its time is one of the node's present clock. cAdvisor's have to be given the time for another look. Others tell
 * by their age, unless a runtime keeps its values for just as long as the clock was set back by.
 */
function isDated(sample: ObservedSample): boolean {
  const { askedAt, steadySinceMs } = sample.clock
  const steady = askedAt.monotonicMs - steadySinceMs
  if (sample.taken === 'earlier') return steady > LONGEST_LOOK_MS
  const age = ageMs(sample)
  return Number.isNaN(age) || isSettled(sample) || (age >= -FRESH_MS && age <= steady + FRESH_MS)
}

/** Whether it was sampled for its answer, as far as its age and those before it tell. */
function isOfAnswer(sample: DatedSample): boolean {
  return (sample.flags & KEPT_BY_RUNTIME) === 0 && !(Math.abs(ageMs(sample)) > FRESH_MS + sample.clock.halfMs)
}

function isAged(sample: DatedSample): boolean {
  return !Number.isNaN(ageMs(sample))
}

/** How old a value was when it was reported, by the node's own clock; NaN when either time is not known. */
function ageMs({ clock, timeMs }: DatedSample): number {
  return clock.nodeTimeMs - timeMs
}
