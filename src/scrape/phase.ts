/** So many nodes are scraped in one go: code and data are in the processor's caches for all but the first of them. */
const TOGETHER = 16
/** From one group to the next, milliseconds: the work for a group takes a quarter of it. */
const BETWEEN_GROUPS_MS = 25

/**
 * Where in the resolution the n-th node is scraped, milliseconds from 0 up to `resolutionMs`: in small groups that follow
 * each other closely, so that neither CPU nor network sees all nodes at once, and still the windows of all nodes lie side
 * by side. HPA adds up pods of many nodes: were the windows apart, it would count new pods at the load that they took
 * over, and old ones at the load that they had before.
 */
export function phaseOf(n: number, resolutionMs: number): number {
  return (Math.floor(n / TOGETHER) * BETWEEN_GROUPS_MS) % resolutionMs
}

/** After an ordinary scrape, the least part of a resolution until the next one: a very short window is mostly error. */
export const LEAST_SHARE = 0.25

/** The first moment of a phase that is at or after `earliestMs`. All in milliseconds of one clock. */
export function nextAt(phaseMs: number, resolutionMs: number, earliestMs: number): number {
  const rounds = Math.ceil((earliestMs - phaseMs) / resolutionMs)
  return phaseMs + rounds * resolutionMs
}

/** No failing node is left alone for longer than this, whatever the resolution. */
const LONGEST_PAUSE_MS = 60_000
/** So long before the retention ends a node that failed is scraped once more. */
const BEFORE_END_MS = 5000
/** The least pause after a failure. */
const LEAST_PAUSE_MS = 1000

/** What decides when a node that failed is scraped again. Milliseconds; `…AtMs` of the monotonic clock. */
export interface FailedScrape {
  readonly nowMs: number
  readonly phaseMs: number
  readonly resolutionMs: number
  /** In a row. */
  readonly failures: number
  /** When the retention of what the node reported last ends; −∞ when there is nothing. */
  readonly retainedUntilMs: number
}

/**
 * When a node that failed is scraped again: after one resolution, then two, three, …, within a minute, and once more
 * before what it reported last is served no longer.
 */
export function retryAt({ nowMs, phaseMs, resolutionMs, failures, retainedUntilMs }: FailedScrape): number {
  const aligned = nextAt(phaseMs, resolutionMs, nowMs + (failures - 1 + LEAST_SHARE) * resolutionMs)
  const dueMs = Math.min(aligned, nowMs + LONGEST_PAUSE_MS)
  if (nowMs >= retainedUntilMs) return dueMs
  const lastMs = retainedUntilMs - Math.min(BEFORE_END_MS, resolutionMs / 3)
  return Math.min(dueMs, Math.max(lastMs, nowMs + LEAST_PAUSE_MS))
}
