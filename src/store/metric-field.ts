import type { ObservedSample } from './sample-table.ts'

/** What a kubelet reports of a node or a container, as it was reported: counters and gauges, nothing computed. */
export type MetricField = 'startTimeMs' | 'cpuNanoseconds' | 'workingSetBytes' | 'swapBytes' | 'swapLimitBytes'

/** A field with the time that it was sampled at, by our wall clock, milliseconds since the epoch. */
export interface ReportedValue {
  readonly value: number
  readonly timestampMs: number
}

/** Receives a field of a container, with the time that it was sampled at, by our wall clock, milliseconds. */
export type ReceiveContainer = (
  namespace: string,
  pod: string,
  container: string,
  value: number,
  timestampMs: number,
) => void

/** A field of a sample; NaN where the kubelet left it out. */
export function fieldOf(sample: ObservedSample, field: MetricField): number {
  if (field !== 'swapLimitBytes') return sample[field]
  return sample.swapAvailableBytes + (Number.isNaN(sample.swapBytes) ? 0 : sample.swapBytes)
}
