import type { Run } from '../lists/chunk-cache.ts'

/** Told the age of what is served. */
export interface FreshnessObserver {
  /** @param timestampsMs when it was measured, milliseconds since the epoch; NaN for what is not served after all. */
  served(timestampsMs: readonly number[]): void
}

/** Tells of the objects in runs as they go by. */
export function* observed(runs: Iterable<Run>, { served }: FreshnessObserver): Generator<Run> {
  for (const run of runs) {
    served(run.timestampsMs)
    yield run
  }
}
