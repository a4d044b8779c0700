import type { Usage } from '../model/usage.ts'
import type { Rate, Reading } from './reading.ts'

/** Usage of a node or container; `undefined` when its memory is not known. */
export function usageOf(rate: Rate, reading: Reading): Usage | undefined {
  if (Number.isNaN(reading.workingSetBytes)) return undefined
  return {
    cpuNanocores: Math.round(rate.cpuNanocores),
    memoryBytes: Math.round(reading.workingSetBytes),
    swapBytes: swapOf(reading),
  }
}

/** A window as it is served: whole milliseconds, as in the Go server; the rate is over the exact one. */
export function servedWindow({ windowMs }: Rate): number {
  return Math.max(1, Math.round(windowMs))
}

/** A machine without swap reports 0 in use of 0: that is no swap, not 0 bytes of it. */
function swapOf({ swapBytes, swapAvailableBytes }: Reading): number | undefined {
  if (Number.isNaN(swapBytes)) return undefined
  return swapBytes > 0 || swapAvailableBytes > 0 ? Math.round(swapBytes) : undefined
}
