import type { ContainerUsage, PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import type { Rate, Reading } from './reading.ts'
import { servedWindow, usageOf } from './usage-of.ts'

/** A container's last sample and the rate that it led to. */
export interface ContainerEntry {
  readonly name: string
  readonly reading: Reading
  readonly rate: Rate | undefined
  /** When the sample came first, by our monotonic clock. */
  readonly atMs: number
}

export function readingOf(resource: Reading['resource'], answer: Answer): Reading {
  return { resource, taken: takenOf(answer), answer }
}

export function takenOf({ source }: Answer): Reading['taken'] {
  return source === 'summary' ? 'when-asked' : 'reported'
}

export function podUsage(entries: readonly ContainerEntry[]): PodUsage {
  let earliest: Rate | undefined
  const containers: ContainerUsage[] = []
  for (const { name, rate, reading } of entries) {
    const usage = rate && usageOf(rate, reading.resource)
    if (usage !== undefined) containers.push({ name, usage })
    if (rate !== undefined && (earliest === undefined || rate.timestampMs < earliest.timestampMs)) earliest = rate
  }
  return { timestampMs: earliest?.timestampMs ?? 0, windowMs: earliest ? servedWindow(earliest) : 0, containers }
}
