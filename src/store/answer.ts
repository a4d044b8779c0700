import type { Moment, NodeSample, Scrape } from '../model/sample.ts'

/** An answer of a kubelet, on our clocks and on the node's. One object for all the readings that it holds. */
export interface Answer {
  readonly source: NodeSample['source']
  readonly askedAt: Moment
  /** The node's clock at that moment, to a second; NaN when the node does not tell. */
  readonly nodeTimeMs: number
  /** How far the node's clock is ahead of ours, milliseconds; 0 where the two agree as far as whole seconds can tell. */
  readonly clockAheadMs: number
  /**
   * Since when (our monotonic clock) the node's clock and ours have agreed on how time passes: the first answer after
   * one of them jumped, or stood still as that of a paused machine does. −∞ when that has not been seen.
   */
  readonly steadySinceMs: number
}

/** Clocks that are told in whole seconds agree when they are no further apart than this. */
const AGREEMENT_MS = 1500
/** The node tells whole seconds, and our own process may have been late to see an answer. */
const JUMP_MS = 2000

/** What `scrape` says of the clocks, after `previous`, the last answer of the same node. */
export function answerOf({ sample, askedAt, nodeTimeMs = Number.NaN }: Scrape, previous: Answer | undefined): Answer {
  const jumped = previous !== undefined && hasJumped(previous, askedAt.monotonicMs, nodeTimeMs)
  return {
    source: sample.source,
    askedAt,
    nodeTimeMs,
    clockAheadMs: clockAhead(nodeTimeMs, askedAt.wallMs),
    steadySinceMs: jumped ? askedAt.monotonicMs : (previous?.steadySinceMs ?? Number.NEGATIVE_INFINITY),
  }
}

/** Not so of a node that did not tell its clock both times. */
function hasJumped(previous: Answer, monotonicMs: number, nodeTimeMs: number): boolean {
  const passed = monotonicMs - previous.askedAt.monotonicMs
  return Math.abs(nodeTimeMs - previous.nodeTimeMs - passed) > JUMP_MS
}

function clockAhead(nodeTimeMs: number, wallMs: number): number {
  // Cut to the second: half of one more is the best guess.
  const ahead = nodeTimeMs + 500 - wallMs
  return Math.abs(ahead) > AGREEMENT_MS ? ahead : 0
}
