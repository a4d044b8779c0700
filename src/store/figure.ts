import type { Reading } from './reading.ts'

/** What a kubelet tells of a node or a container, as it told it: counters and gauges, nothing computed. */
export type Figure = 'startTimeMs' | 'cpuNanoseconds' | 'workingSetBytes' | 'swapBytes' | 'swapLimitBytes'

/** A figure with the time that it was sampled at, by our wall clock, milliseconds since the epoch. */
export interface Told {
  readonly value: number
  readonly timestampMs: number
}

/** Takes a figure of a container, with the time that it was sampled at, by our wall clock, milliseconds. */
export type TakeContainer = (
  namespace: string,
  pod: string,
  container: string,
  value: number,
  timestampMs: number,
) => void

/** A figure of a sample; NaN where the kubelet left it out. */
export function figureOf(reading: Reading, figure: Figure): number {
  if (figure !== 'swapLimitBytes') return reading[figure]
  return reading.swapAvailableBytes + (Number.isNaN(reading.swapBytes) ? 0 : reading.swapBytes)
}
