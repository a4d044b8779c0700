import type { ResourceSample } from '../model/sample.ts'

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

/** A figure of a sample; `undefined` where the kubelet left it out. */
export function figureOf(resource: ResourceSample, figure: Figure): number | undefined {
  if (figure !== 'swapLimitBytes') return resource[figure]
  const { swapAvailableBytes, swapBytes = 0 } = resource
  return swapAvailableBytes === undefined ? undefined : swapAvailableBytes + swapBytes
}
