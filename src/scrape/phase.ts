const GOLDEN = 0.618_033_988_749_895
/** So many nodes are asked in one go: code and data are in the processor's caches for all but the first of them. */
const TOGETHER = 16

/**
 * Where in the resolution the n-th node is asked, milliseconds from 0 up to `resolutionMs`. Nodes go in small groups, a
 * phase for each; steps of the golden ratio lie evenly over the resolution for any number of groups, also while nodes
 * come and go.
 */
export function phaseOf(n: number, resolutionMs: number): number {
  return ((Math.floor(n / TOGETHER) * GOLDEN) % 1) * resolutionMs
}

/** The first moment of a phase that is at or after `earliestMs`. All in milliseconds of one clock. */
export function nextAt(phaseMs: number, resolutionMs: number, earliestMs: number): number {
  const rounds = Math.ceil((earliestMs - phaseMs) / resolutionMs)
  return phaseMs + rounds * resolutionMs
}

/**
 * In how many resolutions a node is asked again that has failed `failures` times in a row: 1, 2, 3, … but at least once
 * within the retention, so that it comes back before what it said last has grown too old to be compared with.
 */
export function backoffRounds(failures: number, resolutionMs: number, retentionMs: number): number {
  const most = Math.max(1, Math.floor(retentionMs / resolutionMs))
  return Math.min(Math.max(1, failures), most)
}
