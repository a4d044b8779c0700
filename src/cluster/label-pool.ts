import { type Labels, NO_LABELS } from '../model/labels.ts'

const SMALLEST_SWEEP = 1024

/** Label sets, each held once however many pods have it: those of one ReplicaSet all have the same. */
export interface LabelPool {
  /** An equal set that is in the pool, or this one, which then is. */
  intern(labels: Labels): Labels
  /** Forgets the sets that are no longer in use, when it is worth it. Not to be called while a list is being read. */
  sweep(): void
  /** How many sets are held. */
  readonly size: number
}

/**
 * A pool that is built anew from `inUse` whenever it has twice the sets that the last sweep left: a constant time per
 * set on average, and no counting of uses.
 */
export function createLabelPool(inUse: () => Iterable<Labels>): LabelPool {
  const byText = new Map<string, Labels>()
  let sweepAbove = SMALLEST_SWEEP
  // No label's key or value has a NUL in it.
  const textOf = (labels: Labels) => labels.join('\0')
  return {
    intern(labels) {
      if (labels.length === 0) return NO_LABELS
      const key = textOf(labels)
      const held = byText.get(key)
      if (held !== undefined) return held
      byText.set(key, labels)
      return labels
    },
    sweep() {
      if (byText.size <= sweepAbove) return
      byText.clear()
      // Most pods share their set with others: what is the same array needs no second text.
      for (const labels of new Set(inUse())) if (labels.length > 0) byText.set(textOf(labels), labels)
      sweepAbove = Math.max(SMALLEST_SWEEP, 2 * byText.size)
    },
    get size() {
      return byText.size
    },
  }
}
