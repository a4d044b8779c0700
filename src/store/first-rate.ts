import type { Outcome } from './rate.ts'
import type { Rate, Reading } from './reading.ts'

/** A container has to be this old before its whole life is a window that means something (the Go server's rule). */
const YOUNGEST_LIFE_MS = 10_000
/** No rate of the kubelet's own is over less than this; and no time in whole seconds tells less. */
const LEAST_WINDOW_MS = 1000
/** More than any machine has, nanocores (10,000 cores): kubelets have said 10^18 after a counter was set back. */
const MOST_NANOCORES = 1e13

/** What a first value is made with besides the sample. */
export interface FirstRateOptions {
  /** What is served is right for a time that ends here, by our wall clock. */
  readonly timestampMs: number
  readonly resolutionMs: number
  /** The likely window of the kubelet's own rate. */
  readonly ownWindowMs: number
  /** It has not been seen before, and no clock jumped of late: its age can be believed. */
  readonly isNew: boolean
}

/**
 * Puts into `rate` what a sample says on its own: the rate over the whole life of a container that is younger than the
 * resolution, else the kubelet's own rate. Over which time that one is nobody tells: `ownWindowMs`, or the life where
 * that is shorter, is the best guess, and the only window that is one.
 */
export function firstRate(reading: Reading, options: FirstRateOptions, rate: Rate): Outcome {
  const { timestampMs, resolutionMs, ownWindowMs, isNew } = options
  const { cpuNanoseconds: total, cpuNanocores: own } = reading
  // Both times are the node's own, so its clock may be wrong.
  const ageMs = reading.timeMs - reading.startTimeMs
  const isYoung = isNew && ageMs >= YOUNGEST_LIFE_MS && ageMs < resolutionMs
  if (isYoung && !Number.isNaN(total)) {
    rate.set((total * 1000) / ageMs, timestampMs, ageMs)
    return 'rate'
  }
  // Used nothing since it started: 0 is its rate over any window.
  if (total === 0 && ageMs >= LEAST_WINDOW_MS) {
    rate.set(0, timestampMs, Math.min(ageMs, resolutionMs))
    return 'rate'
  }
  if (!(own > 0) || !isPossible(own, total)) return 'unknown'
  const livedMs = Number.isNaN(ageMs) ? ownWindowMs : Math.min(ageMs, ownWindowMs)
  rate.set(own, timestampMs, Math.max(LEAST_WINDOW_MS, livedMs))
  return 'rate'
}

/** A rate over at least a second cannot be more than all that was ever used. */
function isPossible(ownNanocores: number, totalNanoseconds: number): boolean {
  return ownNanocores <= MOST_NANOCORES && !(ownNanocores > totalNanoseconds)
}
