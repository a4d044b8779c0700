import type { ResourceSample } from '../model/sample.ts'
import type { Answer } from './answer.ts'

/** A sample with what is needed to compare it with another one. */
export interface Reading {
  readonly resource: ResourceSample
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
 */
export interface Rate {
  readonly cpuNanocores: number
  readonly timestampMs: number
  readonly windowMs: number
}
