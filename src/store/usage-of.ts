import type { ResourceSample } from '../model/sample.ts'
import type { Usage } from '../model/usage.ts'
import type { Rate } from './reading.ts'

/** Usage of a node or container; `undefined` when its memory is not known. */
export function usageOf(rate: Rate, resource: ResourceSample): Usage | undefined {
  if (resource.workingSetBytes === undefined) return undefined
  return {
    cpuNanocores: Math.round(rate.cpuNanocores),
    memoryBytes: Math.round(resource.workingSetBytes),
    swapBytes: swapOf(resource),
  }
}

/** A window as it is served: whole milliseconds, as in the Go server; the rate is over the exact one. */
export function servedWindow({ windowMs }: Rate): number {
  return Math.max(1, Math.round(windowMs))
}

/** A machine without swap reports 0 in use of 0: that is no swap, not 0 bytes of it. */
function swapOf(resource: ResourceSample): number | undefined {
  const { swapBytes, swapAvailableBytes } = resource
  if (swapBytes === undefined) return undefined
  return swapBytes > 0 || (swapAvailableBytes ?? 0) > 0 ? Math.round(swapBytes) : undefined
}
