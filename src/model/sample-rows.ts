import type { ContainerSample, ResourceSample, SampleRows } from './sample.ts'

/** Where the numbers of a {@link ResourceSample} are in its row. */
export const TIME = 0
export const START = 1
export const CPU = 2
export const OWN_RATE = 3
export const WORKING_SET = 4
export const SWAP = 5
export const SWAP_AVAILABLE = 6
/** Those before it are compared from scrape to scrape; ephemeral storage is reported now and then only. */
export const COMPARED_WIDTH = 7
export const STORAGE = 7
export const SAMPLE_WIDTH = 8

export function packSamples(samples: readonly ContainerSample[]): SampleRows {
  return { names: samples.map(({ name }) => name), numbers: samples.flatMap(packSample) }
}

export function packSample(sample: ResourceSample): number[] {
  const { timeMs, startTimeMs, cpuNanoseconds, cpuNanocores, workingSetBytes } = sample
  const { swapBytes, swapAvailableBytes, ephemeralStorageBytes } = sample
  const compared = [timeMs, startTimeMs, cpuNanoseconds, cpuNanocores, workingSetBytes, swapBytes, swapAvailableBytes]
  return [...compared, ephemeralStorageBytes].map((value) => value ?? Number.NaN)
}

export function unpackSamples({ names, numbers }: SampleRows): ContainerSample[] {
  return names.map((name, row) => ({ name, ...unpackSample(numbers, row * SAMPLE_WIDTH) }))
}

/** The sample whose row begins at `from`. */
export function unpackSample(numbers: readonly number[], from: number): ResourceSample {
  const told = (column: number): number | undefined => {
    const value = numbers[from + column]
    return Number.isNaN(value) ? undefined : value
  }
  return {
    timeMs: told(TIME),
    startTimeMs: told(START),
    cpuNanoseconds: told(CPU),
    cpuNanocores: told(OWN_RATE),
    workingSetBytes: told(WORKING_SET),
    swapBytes: told(SWAP),
    swapAvailableBytes: told(SWAP_AVAILABLE),
    ephemeralStorageBytes: told(STORAGE),
  }
}
