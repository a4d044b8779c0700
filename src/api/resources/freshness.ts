/** Told the age of what is served. */
export interface FreshnessObserver {
  /** @param timestampMs when it was measured, milliseconds since the epoch. */
  served(timestampMs: number): void
}
