/** Upper bounds of Prometheus' default buckets, seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** `count` upper bounds, each `factor` times the one before (Prometheus, ExponentialBuckets). */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  const bounds: number[] = []
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}

/**
 * The default buckets and, for a longer time, some around it
 * (kubernetes-sigs/metrics-server, pkg/utils/monitoring.go: BucketsForScrapeDuration).
 */
export function bucketsAround(seconds: number): number[] {
  const largest = 10
  if (seconds <= largest) return [...DEFAULT_BUCKETS]
  return [...DEFAULT_BUCKETS, largest + (seconds - largest) / 2, seconds, seconds * 1.5, seconds * 2]
}

/** The index of the bucket that a value falls into; `bounds.length` is the one without bound. */
export function bucketOf(bounds: readonly number[], value: number): number {
  let i = 0
  while (i < bounds.length && value > (bounds[i] ?? 0)) i++
  return i
}

/** A label's value as the exposition format escapes it. */
export const escapeLabel = (value: string): string =>
  value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))
