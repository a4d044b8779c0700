import type { ContainerSample } from '../model/sample.ts'
import type { ContainerUsage, PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import { containerRate } from './rate.ts'
import type { Rate, Reading } from './reading.ts'
import { servedWindow, usageOf } from './usage-of.ts'
import { firstToldMs } from './window.ts'

/** A container's last sample and the rate that it led to. */
export interface ContainerEntry {
  readonly name: string
  readonly reading: Reading
  readonly rate: Rate | undefined
  /** When the sample came first, by our monotonic clock. */
  readonly atMs: number
}

export function takeContainer(
  before: ContainerEntry | undefined,
  container: ContainerSample,
  answer: Answer,
  resolutionMs: number,
): ContainerEntry {
  const reading = readingOf(container, answer)
  const outcome = containerRate(before?.reading, reading, resolutionMs)
  if (outcome === 'repeated' && before !== undefined) return before
  const rate = typeof outcome === 'string' ? undefined : outcome
  return { name: container.name, reading, rate, atMs: firstToldMs(reading) }
}

export function readingOf(resource: Reading['resource'], answer: Answer): Reading {
  return { resource, taken: answer.source === 'summary' ? 'when-asked' : 'reported', answer }
}

/** Both its CPU and its memory are known. */
export function canBeServed({ rate, reading }: ContainerEntry): boolean {
  return rate !== undefined && reading.resource.workingSetBytes !== undefined
}

/** No memory and no CPU: the container has ended, and the kubelet still lists it. Either alone is a value like any other. */
export function hasGone({ rate, reading }: ContainerEntry): boolean {
  const { workingSetBytes, cpuNanoseconds } = reading.resource
  if (workingSetBytes !== 0) return false
  return rate === undefined ? cpuNanoseconds === 0 : Math.round(rate.cpuNanocores) === 0
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

/** A kubelet lists containers in a steady order most of the time: look at the same place first. */
export function find<T extends { readonly name: string }>(
  list: readonly T[],
  name: string,
  place: number,
): T | undefined {
  const there = list[place]
  return there?.name === name ? there : list.find((entry) => entry.name === name)
}
