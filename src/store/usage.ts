import type { ContainerUsage, PodUsage, Usage } from '../model/usage.ts'
import { type ObservedSample, OVER_LIFE, Rate, SampleCursor, type SampleTable } from './sample-table.ts'

/** Usage of a node or container; `undefined` when its memory is not known. */
export function usageOf(rate: Rate, sample: ObservedSample): Usage | undefined {
  if (Number.isNaN(sample.workingSetBytes)) return undefined
  return {
    cpuNanocores: Math.round(rate.cpuNanocores),
    memoryBytes: Math.round(sample.workingSetBytes),
    swapBytes: swapOf(sample),
  }
}

/** A window as it is served: whole milliseconds, as in the Go server; the rate is over the exact one. */
export function servedWindow(windowMs: number): number {
  return Math.max(1, Math.round(windowMs))
}

/**
 * What is served of a pod: of each container that is there and has a rate. The pod's time is that of its earliest
 * value, and its window reaches back as far as any of theirs.
 */
export function podUsage(samples: SampleTable): PodUsage {
  const [sample, rate] = [new SampleCursor(), new Rate()]
  const isServed = (row: number): boolean => !samples.hasEnded(row) && samples.canBeServed(row)
  let timestampMs = Number.POSITIVE_INFINITY
  let beginMs = Number.POSITIVE_INFINITY
  for (let row = 0; row < samples.length; row++) {
    if (!isServed(row)) continue
    samples.rateOf(row, rate)
    timestampMs = Math.min(timestampMs, rate.timestampMs)
    beginMs = Math.min(beginMs, rate.timestampMs - rate.windowMs)
  }
  const containers: ContainerUsage[] = []
  for (let row = 0; row < samples.length; row++) {
    if (!isServed(row)) continue
    samples.show(row, sample)
    samples.rateOf(row, rate)
    // Before its life it used nothing: that is part of the pod's window.
    if ((sample.flags & OVER_LIFE) !== 0) rate.cpuNanocores *= rate.windowMs / (rate.timestampMs - beginMs)
    const usage = usageOf(rate, sample)
    if (usage !== undefined) containers.push({ name: samples.nameOf(row), usage })
  }
  if (containers.length === 0) return { timestampMs: 0, windowMs: 0, containers }
  return { timestampMs, windowMs: servedWindow(timestampMs - beginMs), containers }
}

/** A machine without swap reports 0 in use of 0: that is no swap, not 0 bytes of it. */
function swapOf({ swapBytes, swapAvailableBytes }: ObservedSample): number | undefined {
  if (Number.isNaN(swapBytes)) return undefined
  return swapBytes > 0 || swapAvailableBytes > 0 ? Math.round(swapBytes) : undefined
}
