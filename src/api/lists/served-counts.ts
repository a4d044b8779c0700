import type { Clock } from '../../model/clock.ts'
import { OBJECTS_AT_ONCE, othersFirst, type Section } from './list-chunks.ts'

/** Pages that follow one another share a count. */
const GOOD_MS = 1000

interface Count {
  readonly atMs: number
  /** How many objects before each index are served; the last one is for all of them. */
  readonly before: Uint32Array
}

/** Counts the objects of sections of which something is known. */
export type ServedCounts<R> = (sections: Iterable<Section<R>>) => Promise<number>

/**
 * Counts for `remainingItemCount`. Looking at every object that is left would make the pages of a long list cost more
 * together than the list: an array of records, which never changes, is counted once a second at most.
 */
export function createServedCounts<R>(
  isServed: (record: R) => boolean,
  clock: Pick<Clock, 'monotonicMs'>,
): ServedCounts<R> {
  const counts = new WeakMap<readonly R[], Count>()

  return async (sections) => {
    const atMs = clock.monotonicMs()
    let looked = 0
    const countOf = async (records: readonly R[]): Promise<Count> => {
      const known = counts.get(records)
      if (known !== undefined && atMs - known.atMs < GOOD_MS) return known
      const before = new Uint32Array(records.length + 1)
      let served = 0
      for (const [index, record] of records.entries()) {
        if (isServed(record)) served++
        before[index + 1] = served
        if (++looked % OBJECTS_AT_ONCE === 0) await othersFirst()
      }
      const count = { atMs, before }
      counts.set(records, count)
      return count
    }
    let served = 0
    for (const { records, from } of sections) {
      if (from === records.length) continue
      const { before } = await countOf(records)
      served += (before[records.length] ?? 0) - (before[from] ?? 0)
    }
    return served
  }
}
