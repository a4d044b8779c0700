import type { Reading } from './rate.ts'

/** The Summary cuts times to whole seconds: within this, our own time of asking is held to be when a value was taken. */
const AGREEMENT_MS = 1000
/** By the node's own clock: a value this old when it was told was taken for the answer, and both were cut to seconds. */
const FRESH_MS = 1500
/** Of a node that does not tell its clock: times further apart than this mean that it jumped. */
const CLOCK_JUMP_MS = 30_000
/** For so long after a jump of its clock a node may tell values that were taken, and dated, before it. */
const UNSETTLED_MS = 60_000

/**
 * The time between two samples, milliseconds; negative when the later one is dated before the earlier one.
 *
 * Values taken when the kubelet was asked: the difference of the requests' midpoints on our monotonic clock. Values that
 * are older than their answer (cAdvisor's, or a runtime's that keeps its answers) and exact times: the difference of the
 * reported times. A node that does not tell its clock is judged by how far the two differ.
 */
export function windowOf(previous: Reading, current: Reading): number {
  const asked = current.answer.askedAt.monotonicMs - previous.answer.askedAt.monotonicMs
  const before = previous.resource.timeMs
  const after = current.resource.timeMs
  if (before === undefined || after === undefined) return asked
  const reported = after - before
  const whenAsked = previous.taken === 'when-asked' && current.taken === 'when-asked'
  if (ageMs(previous) !== undefined && ageMs(current) !== undefined) {
    return whenAsked && isFresh(previous) && isFresh(current) ? asked : reported
  }
  const apart = Math.abs(reported - asked)
  return apart > CLOCK_JUMP_MS || (whenAsked && apart <= AGREEMENT_MS) ? asked : reported
}

/** When a sample was taken, by our wall clock, milliseconds since the epoch. */
export function timestampOf(reading: Reading): number {
  const { answer, resource, taken } = reading
  const asked = answer.askedAt.wallMs
  if (resource.timeMs === undefined) return asked
  const reported = resource.timeMs - answer.clockAheadMs
  if (taken === 'reported') return reported
  if (ageMs(reading) !== undefined) return isFresh(reading) ? asked : reported
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

/** By how much a sample was out of date when it was told, milliseconds, as far as whole seconds can tell; else 0. */
export function stalenessMs(reading: Reading): number {
  const age = ageMs(reading)
  return age === undefined || age <= FRESH_MS ? 0 : age
}

/** Whether its time is one of the node's present clock, as far as that can be told. */
function isDated(reading: Reading): boolean {
  const { askedAt, steadySinceMs } = reading.answer
  const steady = askedAt.monotonicMs - steadySinceMs
  const age = ageMs(reading)
  return age === undefined || steady > UNSETTLED_MS || (age >= -FRESH_MS && age <= steady + FRESH_MS)
}

function isFresh(reading: Reading): boolean {
  return Math.abs(ageMs(reading) ?? 0) <= FRESH_MS
}

/** How old a value was when it was told, by the node's own clock. */
function ageMs({ answer, resource }: Reading): number | undefined {
  return answer.nodeTimeMs === undefined || resource.timeMs === undefined
    ? undefined
    : answer.nodeTimeMs - resource.timeMs
}
