import type { Answer } from './answer.ts'

/**
 * A sample with what is needed to compare it with another one: the numbers of ResourceSample, NaN where the kubelet told
 * none (so that they are plain numbers all the way: a value that may be missing is an object each time it is handed on).
 */
export interface Reading {
  readonly timeMs: number
  readonly startTimeMs: number
  readonly cpuNanoseconds: number
  readonly cpuNanocores: number
  readonly workingSetBytes: number
  readonly swapBytes: number
  readonly swapAvailableBytes: number
  /**
   * `when-asked`: the Summary's containers, sampled for the answer, their times cut to whole seconds. `reported`: the
   * exposition format's, at the time that it says. `earlier`: nodes in both, by cAdvisor, up to 20 s before the answer.
   */
  readonly taken: 'when-asked' | 'reported' | 'earlier'
  readonly answer: Answer
}

/**
 * CPU, nanocores (not rounded), over [timestampMs − windowMs, timestampMs]. Made of two samples it is right for that
 * time: cpuNanocores × windowMs is what the counter grew by, and the ends lie where the samples were taken to within
 * half a request (a Summary's containers), a second (other values of the Summary), or a millisecond of the node's clock.
 *
 * One object is written over for one rate after the other.
 */
export class Rate {
  // NaN from the beginning, for fields of numbers that are no small integers.
  cpuNanocores = Number.NaN
  timestampMs = Number.NaN
  windowMs = Number.NaN

  set(cpuNanocores: number, timestampMs: number, windowMs: number): void {
    this.cpuNanocores = cpuNanocores
    this.timestampMs = timestampMs
    this.windowMs = windowMs
  }
}
