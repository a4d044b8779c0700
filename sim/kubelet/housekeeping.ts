/** With the default of `--housekeeping-interval`, 10 s, to which cAdvisor adds up to half of it at random. */
export const HOUSEKEEPING_MS = 12_500
/** As a share of the interval. */
const JITTER = 0.1

/** A spread of whole numbers over 0 to 1, the same for the same number. */
function scatter(seed: number): number {
  const mixed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d)
  return ((mixed ^ (mixed >>> 12)) >>> 0) / 2 ** 32
}

/**
 * When cAdvisor looked at one cgroup: every `intervalMs` or so, 10 to 15 s by default, each cgroup at a phase of its own.
 * Gives the latest look at or before `timeMs` and the one before it; `undefined` where there was none
 * since `sinceMs`, the start of the cgroup.
 */
export function looksBefore(
  seed: number,
  sinceMs: number,
  timeMs: number,
  intervalMs = HOUSEKEEPING_MS,
): { last?: number; previous?: number } {
  const at = (k: number): number =>
    Math.floor((k + scatter(seed) + (2 * scatter(seed ^ Math.imul(k, 0x9e3779b1)) - 1) * JITTER) * intervalMs)
  let k = Math.ceil(timeMs / intervalMs) + 1
  while (at(k) > timeMs) k--
  return { ...(at(k) >= sinceMs && { last: at(k) }), ...(at(k - 1) >= sinceMs && { previous: at(k - 1) }) }
}

/** A seed for {@link looksBefore} from a name. */
export function seedOf(name: string): number {
  let seed = 0x811c9dc5
  for (let i = 0; i < name.length; i++) seed = Math.imul(seed ^ name.charCodeAt(i), 0x01000193)
  return seed >>> 0
}
