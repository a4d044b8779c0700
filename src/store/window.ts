import type { Reading } from './reading.ts'

/** The Summary cuts times to whole seconds: within this, our own time of asking is held to be when a value was taken. */
const AGREEMENT_MS = 1000
/** By the node's own clock: a value this old when it was told was taken for the answer, and both were cut to seconds. */
const FRESH_MS = 1500
/** Of a node that does not tell its clock: times further apart than this mean that it jumped. */
const CLOCK_JUMP_MS = 30_000
/** For so long after a jump of its clock a node may tell values that its runtime took, and dated, before it. */
const UNSETTLED_MS = 60_000
/** cAdvisor looks every 10 to 20 s (its housekeeping interval with jitter). */
const LONGEST_LOOK_MS = 20_000

/**
 * The time between two samples, milliseconds; negative when the later one is dated before the earlier one.
 *
 * Values taken when the kubelet was asked: the difference of the requests' midpoints on our monotonic clock. Values that
 * are older than their answer (cAdvisor's, or a runtime's that keeps its answers) and exact times: the difference of the
 * reported times. A node that does not tell its clock is judged by how far the two differ.
 */
export function windowOf(previous: Reading, current: Reading): number {
  const asked = current.answer.askedAt.monotonicMs - previous.answer.askedAt.monotonicMs
  const reported = current.timeMs - previous.timeMs
  if (Number.isNaN(reported)) return asked
  // Of a pair in which only one is exact (the node gave the other format), the second that is cut would be the error.
  const isCut = previous.taken === 'when-asked' || current.taken === 'when-asked'
  if (isAged(previous) && isAged(current)) {
    return isCut && isFresh(previous) && isFresh(current) ? asked : reported
  }
  const apart = Math.abs(reported - asked)
  return apart > CLOCK_JUMP_MS || (isCut && apart <= AGREEMENT_MS) ? asked : reported
}

/** When a sample was taken, by our wall clock, milliseconds since the epoch. */
export function timestampOf(reading: Reading): number {
  const { answer, timeMs } = reading
  const asked = answer.askedAt.wallMs
  if (Number.isNaN(timeMs)) return asked
  const reported = timeMs - answer.clockAheadMs
  if (reading.taken !== 'when-asked') return reported
  if (isAged(reading)) return isFresh(reading) ? asked : reported
  // The cut second lies up to a second before the true moment; clocks that are kept agree to far less.
  return Math.abs(asked - reported - AGREEMENT_MS / 2) <= 1.5 * AGREEMENT_MS ? asked : reported
}

/** Whether no clock jumped between two answers, so that times of the one can be compared with those of the other. */
export function isComparable(previous: Reading, current: Reading): boolean {
  return isDated(previous) && previous.answer.askedAt.monotonicMs >= current.answer.steadySinceMs
}

/**
 * Whether nothing can be said of a reading's time: a clock has just jumped (then the kubelet's own rates are wrong too),
 * or the reading may be from before the jump.
 */
export function isUnclear(reading: Reading): boolean {
  const { answer } = reading
  return answer.steadySinceMs === answer.askedAt.monotonicMs || !isDated(reading)
}

/** Whether the node's clock has not jumped of late: what it says of the past is dated by the same clock. */
export function isSettled({ answer: { askedAt, steadySinceMs } }: Reading): boolean {
  return askedAt.monotonicMs - steadySinceMs > UNSETTLED_MS
}

/**
 * When a sample could first have been told, by our monotonic clock: when it was, or earlier for one that is far older
 * than it may be. The retention counts from there.
 */
export function firstToldMs(reading: Reading): number {
  const { monotonicMs } = reading.answer.askedAt
  const age = ageMs(reading)
  return age > LONGEST_LOOK_MS ? monotonicMs - (age - LONGEST_LOOK_MS) : monotonicMs
}

/**
 * Whether its time is one of the node's present clock. cAdvisor's have to be given the time for another look. Others tell
 * by their age, unless a runtime keeps its values for just as long as the clock was set back by.
 */
function isDated(reading: Reading): boolean {
  const { askedAt, steadySinceMs } = reading.answer
  const steady = askedAt.monotonicMs - steadySinceMs
  if (reading.taken === 'earlier') return steady > LONGEST_LOOK_MS
  const age = ageMs(reading)
  return Number.isNaN(age) || isSettled(reading) || (age >= -FRESH_MS && age <= steady + FRESH_MS)
}

/** Or of no age that is known. */
function isFresh(reading: Reading): boolean {
  return !(Math.abs(ageMs(reading)) > FRESH_MS)
}

function isAged(reading: Reading): boolean {
  return !Number.isNaN(ageMs(reading))
}

/** How old a value was when it was told, by the node's own clock; NaN when either time is not told. */
function ageMs({ answer, timeMs }: Reading): number {
  return answer.nodeTimeMs - timeMs
}
