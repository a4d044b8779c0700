import type { Moment, NodeSample, Scrape } from '../model/sample.ts'

/** The time of a scrape on this server's clocks and on the node's. All samples of the scrape share it. */
export interface ScrapeClock {
  readonly source: NodeSample['source']
  /** The middle of the request. */
  readonly askedAt: Moment
  /** Half of the time that the request took, milliseconds: what the kubelet sampled for it lies within this of the middle. */
  readonly halfMs: number
  /** The node's clock at that moment, to a second; NaN when the node does not report it. */
  readonly nodeTimeMs: number
  /** How far the node's clock is ahead of ours, milliseconds; 0 where the two agree as far as whole seconds can tell. */
  readonly clockAheadMs: number
  /**
   * Since when (our monotonic clock) the node's clock and ours have agreed on how time passes: the first scrape after
   * one of them jumped, or stood still as that of a paused machine does. −∞ when that has not been seen.
   */
  readonly steadySinceMs: number
}

/** The Summary cuts times to whole seconds. */
export const CUT_MS = 1000
/** Clocks that are reported in whole seconds agree when they are no further apart than this. */
const AGREEMENT_MS = 1500
/** The node reports whole seconds, and our own process may have been late to see an answer. */
const JUMP_MS = 2000

/** What `scrape` says of the clocks, after `previous`, the last scrape of the same node. */
export function scrapeClock(
  { sample, askedAt, tookMs = 0, nodeTimeMs = Number.NaN }: Scrape,
  previous: ScrapeClock | undefined,
): ScrapeClock {
  const halfMs = tookMs / 2
  const jumped = previous !== undefined && hasJumped(previous, askedAt.monotonicMs, halfMs, nodeTimeMs)
  return {
    source: sample.source,
    askedAt,
    halfMs,
    nodeTimeMs,
    clockAheadMs: clockAhead(nodeTimeMs, askedAt.wallMs, halfMs),
    steadySinceMs: jumped ? askedAt.monotonicMs : (previous?.steadySinceMs ?? Number.NEGATIVE_INFINITY),
  }
}

/** The node's own clock at a scrape, milliseconds since the epoch; our best guess where it did not report it. */
export function nodeTime({ nodeTimeMs, askedAt, clockAheadMs }: ScrapeClock): number {
  return Number.isNaN(nodeTimeMs) ? askedAt.wallMs + clockAheadMs : nodeTimeMs
}

/** False for a node that did not report its clock both times. */
function hasJumped(previous: ScrapeClock, monotonicMs: number, halfMs: number, nodeTimeMs: number): boolean {
  const passed = monotonicMs - previous.askedAt.monotonicMs
  return Math.abs(nodeTimeMs - previous.nodeTimeMs - passed) > JUMP_MS + previous.halfMs + halfMs
}

function clockAhead(nodeTimeMs: number, wallMs: number, halfMs: number): number {
  // Cut to the second: half of one more is the best guess.
  const ahead = nodeTimeMs + 500 - wallMs
  return Math.abs(ahead) > AGREEMENT_MS + halfMs ? ahead : 0
}
