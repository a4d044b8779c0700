import type { Moment, NodeSample, Scrape } from '../model/sample.ts'

/** An answer of a kubelet, on our clocks and on the node's. One object for all the readings that it holds. */
export interface Answer {
  readonly source: NodeSample['source']
  readonly askedAt: Moment
  /** The node's clock at that moment, to a second; `undefined` when the node does not tell. */
  readonly nodeTimeMs: number | undefined
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
export function answerOf({ sample, askedAt, nodeTimeMs }: Scrape, previous: Answer | undefined): Answer {
  const before = previous?.nodeTimeMs
  const jumped =
    nodeTimeMs !== undefined &&
    previous !== undefined &&
    before !== undefined &&
    Math.abs(nodeTimeMs - before - (askedAt.monotonicMs - previous.askedAt.monotonicMs)) > JUMP_MS
  return {
    source: sample.source,
    askedAt,
    nodeTimeMs,
    clockAheadMs: clockAhead(nodeTimeMs, askedAt.wallMs),
    steadySinceMs: jumped ? askedAt.monotonicMs : (previous?.steadySinceMs ?? Number.NEGATIVE_INFINITY),
  }
}

function clockAhead(nodeTimeMs: number | undefined, wallMs: number): number {
  if (nodeTimeMs === undefined) return 0
  // Cut to the second: half of one more is the best guess.
  const ahead = nodeTimeMs + 500 - wallMs
  return Math.abs(ahead) <= AGREEMENT_MS ? 0 : ahead
}
