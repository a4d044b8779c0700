const MEAN_INTERVAL_MS = 12_500
const JITTER_MS = 1250

/** A spread of whole numbers over 0 to 1, the same for the same number. */
function scatter(seed: number): number {
  const mixed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 12)) >>> 0) / 2 ** 32
}

/**
 * When cAdvisor looked at one cgroup: every 10 to 15 s (its housekeeping interval with jitter), each cgroup at a phase
 * of its own. Gives the latest look at or before `timeMs` and the one before it; `undefined` where there was none
 * since `sinceMs`, the start of the cgroup.
 */
export function looksBefore(seed: number, sinceMs: number, timeMs: number): { last?: number; previous?: number } {
  const at = (k: number): number =>
    Math.floor((k + scatter(seed)) * MEAN_INTERVAL_MS + (2 * scatter(seed ^ Math.imul(k, 0x9e3779b1)) - 1) * JITTER_MS)
  let k = Math.ceil(timeMs / MEAN_INTERVAL_MS) + 1
  while (at(k) > timeMs) k--
  return { ...(at(k) >= sinceMs && { last: at(k) }), ...(at(k - 1) >= sinceMs && { previous: at(k - 1) }) }
}

/** A seed for {@link looksBefore} from a name. */
export function seedOf(name: string): number {
  let seed = 0x811c9dc5
  for (let i = 0; i < name.length; i++) seed = Math.imul(seed ^ name.charCodeAt(i), 0x01000193)
  return seed >>> 0
}
