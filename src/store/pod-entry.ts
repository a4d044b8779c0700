import type { ContainerSample, PodSample } from '../model/sample.ts'
import type { ContainerUsage, PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import { containerRate } from './rate.ts'
import type { Rate, Reading } from './reading.ts'
import { servedWindow, usageOf } from './usage-of.ts'
import { firstToldMs } from './window.ts'

/** A container's last sample and the rate that it led to. */
interface ContainerEntry {
  readonly name: string
  readonly reading: Reading
  readonly rate: Rate | undefined
  readonly usage: ContainerUsage | undefined
  /** When the sample came first, by our monotonic clock. */
  readonly atMs: number
}

/**
 * What is kept of one pod on one node. It is served with every container that its last sample lists, or as it was
 * before, or not at all: never in part, because HPA adds up what is listed.
 */
export class PodEntry {
  readonly key: string
  next: PodEntry | undefined
  usage: PodUsage | undefined
  usageAtMs = Number.NEGATIVE_INFINITY
  /** Every container of the last sample could be served. */
  complete = false
  #uid: string | undefined
  #containers: readonly ContainerEntry[] = []

  constructor(key: string) {
    this.key = key
  }

  /** Whether this is the pod with that uid, as far as both are known. */
  isOf(uid: string | undefined): boolean {
    return uid === undefined || this.#uid === undefined || uid === this.#uid
  }

  take(sample: PodSample, answer: Answer, resolutionMs: number): void {
    this.#uid = sample.uid ?? this.#uid
    const before = this.#containers
    const now = sample.containers.map((container, i) =>
      takeContainer(find(before, container.name, i), container, answer, resolutionMs),
    )
    this.#containers = now
    const present = now.filter((entry) => !hasGone(entry))
    this.complete = present.every((entry) => entry.usage !== undefined)
    if (this.complete) this.#serve(present)
    else if (!this.#goesOn(before, now) || !this.#lists(present)) this.#serve([])
  }

  #serve(entries: readonly ContainerEntry[]): void {
    if (entries.length === 0) {
      this.usage = undefined
      this.usageAtMs = Number.NEGATIVE_INFINITY
      return
    }
    this.usage = podUsage(entries)
    this.usageAtMs = entries.reduce((least, entry) => Math.min(least, entry.atMs), Number.POSITIVE_INFINITY)
  }

  /** Without a uid, a pod whose containers all started anew may be another pod under the same name. */
  #goesOn(before: readonly ContainerEntry[], now: readonly ContainerEntry[]): boolean {
    if (this.#uid !== undefined) return true
    return now.some((entry, i) => {
      const earlier = find(before, entry.name, i)
      return earlier !== undefined && earlier.reading.resource.startTimeMs === entry.reading.resource.startTimeMs
    })
  }

  /** Whether what is served has just these containers. */
  #lists(entries: readonly ContainerEntry[]): boolean {
    const served = this.usage?.containers ?? []
    return served.length === entries.length && entries.every((e, i) => find(served, e.name, i) !== undefined)
  }
}

function takeContainer(
  before: ContainerEntry | undefined,
  container: ContainerSample,
  answer: Answer,
  resolutionMs: number,
): ContainerEntry {
  const taken = answer.source === 'summary' ? 'when-asked' : 'reported'
  const reading: Reading = { resource: container, taken, answer }
  const outcome = containerRate(before?.reading, reading, resolutionMs)
  if (outcome === 'repeated' && before !== undefined) return before
  const rate = typeof outcome === 'string' ? undefined : outcome
  const usage = rate && usageOf(rate, container)
  const { name } = container
  return { name, reading, rate, usage: usage && { name, usage }, atMs: firstToldMs(reading) }
}

/** No memory and no CPU: the container has ended, and the kubelet still lists it. Either alone is a value like any other. */
function hasGone(entry: ContainerEntry): boolean {
  const { workingSetBytes, cpuNanoseconds } = entry.reading.resource
  if (workingSetBytes !== 0) return false
  return entry.rate === undefined ? cpuNanoseconds === 0 : Math.round(entry.rate.cpuNanocores) === 0
}

function podUsage(entries: readonly ContainerEntry[]): PodUsage {
  let earliest: Rate | undefined
  const containers: ContainerUsage[] = []
  for (const { rate, usage } of entries) {
    if (usage !== undefined) containers.push(usage)
    if (rate !== undefined && (earliest === undefined || rate.timestampMs < earliest.timestampMs)) earliest = rate
  }
  return { timestampMs: earliest?.timestampMs ?? 0, windowMs: earliest ? servedWindow(earliest) : 0, containers }
}

/** A kubelet lists containers in a steady order most of the time: look at the same place first. */
function find<T extends { readonly name: string }>(list: readonly T[], name: string, place: number): T | undefined {
  const there = list[place]
  return there?.name === name ? there : list.find((entry) => entry.name === name)
}
