import type { Chunk } from '../lists/chunk-cache.ts'

/** Told the age of what is served. */
export interface FreshnessObserver {
  /** @param timestampsMs when it was measured, milliseconds since the epoch; NaN for what is not served after all. */
  served(timestampsMs: readonly number[]): void
}

/** Tells of the objects in chunks as they go by. */
export function* observed(chunks: Iterable<Chunk>, { served }: FreshnessObserver): Generator<Chunk> {
  for (const chunk of chunks) {
    served(chunk.timestampsMs)
    yield chunk
  }
}
