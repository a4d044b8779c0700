import { packSample, SAMPLE_WIDTH, START } from '../model/sample-rows.ts'
import type { NodeSample, PodSample, RejectionReason, ResourceSample, Scrape } from '../model/sample.ts'
import type { ContainerUsage, NodeUsage, PodUsage, Usage } from '../model/usage.ts'
import { EXACT_SHARE, type Limits } from './cpu-rate.ts'
import { ReportedStorage } from './ephemeral-storage.ts'
import type { SampleComparer } from './sample-comparer.ts'
import { type ObservedSample, OVER_LIFE, Rate, SampleCursor, SampleTable } from './sample-table.ts'
import { CUT_MS, type ScrapeClock, scrapeClock } from './scrape-clock.ts'
import { isCut, timestampOf } from './time-window.ts'

/** The state of one node. Times `…AtMs` are of this server's monotonic clock. */
export class NodeEntry {
  readonly name: string
  usage: NodeUsage | undefined
  /** When a response last confirmed the sample behind `usage`; the retention counts from there. */
  usageAtMs = Number.NEGATIVE_INFINITY
  answeredAtMs = Number.NEGATIVE_INFINITY
  /** The last scrape and the one before it. */
  clock: ScrapeClock | undefined
  previousClock: ScrapeClock | undefined
  /** Its pods in the order of its last response, then those that this response did not list. */
  readonly pods: PodEntry[] = []
  /** Its last good sample, in one row. */
  readonly #kept = new SampleTable('node')
  /** Ephemeral storage and when it was reported; `undefined` where it is not known. */
  #storage: { readonly bytes: number; readonly clock: ScrapeClock } | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Adds a scrape. A sample that says nothing new, or nothing certain, leaves what is served as it is. */
  take(scrape: Scrape, comparer: SampleComparer, limits: Limits): ScrapeClock {
    const clock = scrapeClock(scrape, this.clock)
    this.previousClock = this.clock
    this.clock = clock
    this.answeredAtMs = scrape.askedAt.monotonicMs
    const { node } = scrape.sample
    if (node !== undefined) this.#compare(node, clock, comparer, limits)
    return clock
  }

  /** A field of the node's last good sample. */
  reported(field: MetricField): ReportedValue | undefined {
    if (field === 'ephemeralStorageBytes') {
      return this.#storage && { value: this.#storage.bytes, timestampMs: this.#storage.clock.askedAt.wallMs }
    }
    if (this.#kept.length === 0) return undefined
    const sample = new SampleCursor()
    this.#kept.show(0, sample)
    const value = fieldOf(sample, field)
    return Number.isNaN(value) ? undefined : { value, timestampMs: timestampOf(sample) }
  }

  /** Takes the ephemeral storage of a whole Summary; of another scrape, drops what is older than the retention. */
  takeStorage({ node }: NodeSample, clock: ScrapeClock, isWhole: boolean, retentionMs: number): void {
    const bytes = node?.ephemeralStorageBytes
    if (isWhole) this.#storage = bytes === undefined ? undefined : { bytes, clock }
    else if (isOver(this.#storage?.clock, clock, retentionMs)) this.#storage = undefined
    const { usage } = this
    if (usage === undefined || usage.usage.ephemeralStorageBytes === this.#storage?.bytes) return
    this.usage = { ...usage, usage: { ...usage.usage, ephemeralStorageBytes: this.#storage?.bytes } }
  }

  #compare(node: ResourceSample, clock: ScrapeClock, comparer: SampleComparer, limits: Limits): void {
    const draft = comparer.nodeDraft
    draft.clear()
    draft.add('', packSample(node), 0, clock)
    const isNews = comparer.compareNode(draft, this.#kept, limits)
    this.#kept.become(draft)
    if (!this.#kept.canBeServed(0)) return
    this.usageAtMs = this.#kept.confirmedAtMs(0)
    if (!isNews) return
    const [sample, rate] = [new SampleCursor(), new Rate()]
    this.#kept.show(0, sample)
    this.#kept.rateOf(0, rate)
    const usage = usageOf(rate, sample, this.#storage?.bytes)
    if (usage !== undefined)
      this.usage = { timestampMs: rate.timestampMs, windowMs: servedWindow(rate.windowMs), usage }
  }
}

/** The outcome of a pod's last sample. */
export interface PodOutcome {
  /** In how many milliseconds another scrape would make it whole; NaN when the next ordinary one will do. */
  anotherMs: number
  /** A container whose sample was left out, and why. */
  rejected: { readonly container: string; readonly reason: RejectionReason } | undefined
}

/**
 * The state of one pod on one node. It is served with every container of its last sample, as before, or not at all: never
 * in part, because the HPA adds up what is listed.
 */
export class PodEntry {
  readonly namespace: string
  readonly name: string
  /** The node that reports it. */
  readonly node: NodeEntry
  next: PodEntry | undefined
  /** When a response last confirmed the samples that are served, by this server's monotonic clock. */
  usageAtMs = Number.NEGATIVE_INFINITY
  /** How many containers `usage` has. */
  servedContainers = 0
  /** Every container of the last sample could be served. */
  complete = false
  /** The last scrape that listed this pod; `undefined` once it is dropped. */
  clock: ScrapeClock | undefined
  /** The first scrape since then that did not, by our monotonic clock; NaN when the last one listed it. */
  missingSinceMs = Number.NaN
  /** The latest start of its containers, by the node's clock; −∞ when none is known. */
  latestStartMs = Number.NEGATIVE_INFINITY
  #uid: string | undefined
  readonly #kept = new SampleTable('containers')
  /** What is served when that is not of the last sample; `undefined` when it is computed from what is kept. */
  #usage: PodUsage | undefined
  #storage: ReportedStorage | undefined

  constructor(namespace: string, name: string, node: NodeEntry) {
    this.namespace = namespace
    this.name = name
    this.node = node
  }

  /** As its kubelet reports it; `undefined` in /metrics/resource, which has none. */
  get uid(): string | undefined {
    return this.#uid
  }

  /** Computed when it is read, since few samples are read, and those not often enough to cache the result. */
  get usage(): PodUsage | undefined {
    if (this.#usage !== undefined || this.servedContainers === 0) return this.#usage
    return podUsage(this.#kept, this.#storage)
  }

  /** Whether this is the pod with that uid, as far as both are known. */
  isOf(uid: string | undefined): boolean {
    return !uid || this.#uid === undefined || uid === this.#uid
  }

  isNamed(namespace: string, name: string): boolean {
    return this.name === name && this.namespace === namespace
  }

  /** Pods of other nodes, or others of this node, have the same name: {@link PodTable} says which. */
  isShared = false

  take(sample: PodSample, clock: ScrapeClock, comparer: SampleComparer, limits: Limits, outcome: PodOutcome): void {
    const draft = comparer.podDraft
    const since = this.node.previousClock
    this.clock = clock
    this.missingSinceMs = Number.NaN
    if (sample.uid) {
      // Keeps the same string object when the uid is equal.
      if (sample.uid !== this.#uid) this.#uid = sample.uid
    } else if (clock.source === 'resource') this.#uid = undefined
    outcome.anotherMs = Number.NaN
    outcome.rejected = undefined
    draft.clear()
    const { names, numbers } = sample.containers
    if (comparer.isExtra && this.#kept.hasRates) {
      // An extra scrape for other pods would mix values of two times in this pod.
      if (this.#areGood(sample, clock, comparer, limits)) this.usageAtMs = clock.askedAt.monotonicMs
      return
    }
    let latestStartMs = Number.NEGATIVE_INFINITY
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      draft.add(name, numbers, i * SAMPLE_WIDTH, clock)
      comparer.compareContainer(draft, this.#kept, this.#kept.rowOf(name, i), limits, since)
      const { anotherMs, rejected } = comparer.last
      // The pod waits for the last of its containers.
      if (anotherMs > outcome.anotherMs || Number.isNaN(outcome.anotherMs)) outcome.anotherMs = anotherMs
      if (rejected !== undefined) outcome.rejected ??= { container: name, reason: rejected }
      const startMs = numbers[i * SAMPLE_WIDTH + START] as number
      if (startMs > latestStartMs) latestStartMs = startMs
    }
    this.latestStartMs = latestStartMs
    // The whole pod stays, with what its next samples are compared with, since its containers have one window.
    if (outcome.rejected !== undefined && this.servedContainers > 0) return
    this.#decide(draft)
    this.#kept.become(draft)
    if (this.#kept.hasRates) outcome.anotherMs = Number.NaN
  }

  /** The same of ephemeral storage as {@link NodeEntry.takeStorage}; to be called after {@link take}. */
  takeStorage({ containers }: PodSample, clock: ScrapeClock, isWhole: boolean, retentionMs: number): void {
    if (isWhole) this.#storage = new ReportedStorage(clock, containers, this.#kept)
    else this.#storage?.endRuns(containers)
    if (isOver(this.#storage?.clock, clock, retentionMs)) this.#storage = undefined
  }

  /** Takes the ephemeral storage of a scrape that was made for it alone. */
  putStorage(sample: PodSample, clock: ScrapeClock): void {
    if (this.clock === undefined) return
    this.#storage = new ReportedStorage(clock, sample.containers, this.#kept)
    // A new object, by which those that cache what is served see that it has changed.
    this.clock = { ...this.clock }
  }

  /** Whether all these samples continue the last good ones; earlier rejections of those that do are forgotten. */
  #areGood({ containers }: PodSample, clock: ScrapeClock, comparer: SampleComparer, limits: Limits): boolean {
    const { names, numbers } = containers
    const draft = comparer.podDraft
    let areGood = true
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      draft.add(name, numbers, i * SAMPLE_WIDTH, clock)
      if (comparer.isGood(draft, this.#kept, this.#kept.rowOf(name, i), limits)) this.#kept.clearRejected(name)
      else areGood = false
    }
    return areGood
  }

  /** Calls `receive` for each container whose last good sample has the field. */
  forEachReported(field: MetricField, receive: (container: string, value: number, timestampMs: number) => void): void {
    const [sample, rate] = [new SampleCursor(), new Rate()]
    for (let row = 0; row < this.#kept.length; row++) {
      this.#kept.show(row, sample)
      if (field === 'ephemeralStorageBytes') {
        const name = this.#kept.nameOf(row)
        const bytes = this.#storage?.bytesOf(name, row, sample) ?? Number.NaN
        if (!Number.isNaN(bytes)) receive(name, bytes, this.#storage?.clock.askedAt.wallMs ?? Number.NaN)
        continue
      }
      const value = fieldOf(sample, field)
      if (Number.isNaN(value)) continue
      this.#kept.rateOf(row, rate)
      receive(this.#kept.nameOf(row), value, this.#kept.hasRate(row) ? rate.timestampMs : timestampOf(sample))
    }
  }

  /** Decides what is served when `draft` becomes what is kept. */
  #decide(draft: SampleTable): void {
    let present = 0
    let earliestMs = Number.POSITIVE_INFINITY
    this.complete = true
    for (let row = 0; row < draft.length; row++) {
      if (draft.hasEnded(row)) continue
      present++
      earliestMs = Math.min(earliestMs, draft.confirmedAtMs(row))
      if (!draft.canBeServed(row)) this.complete = false
    }
    if (this.complete && present > 1 && draft.hasOddWindow) this.complete = false
    if (this.complete) this.#serve(present, earliestMs)
    else if (!this.#goesOn(draft) || !this.#lists(draft)) this.#serve(0, earliestMs)
  }

  /** Serves what will be kept from now on, with so many containers. */
  #serve(containers: number, earliestMs: number): void {
    this.#usage = undefined
    this.servedContainers = containers
    this.usageAtMs = containers === 0 ? Number.NEGATIVE_INFINITY : earliestMs
  }

  /** False for a pod without a uid whose containers have all restarted: it may be another pod of the same name. */
  #goesOn(now: SampleTable): boolean {
    if (this.#uid !== undefined) return true
    const [before, after] = [new SampleCursor(), new SampleCursor()]
    for (let i = 0; i < now.length; i++) {
      const row = this.#kept.rowOf(now.nameOf(i), i)
      if (row < 0) continue
      this.#kept.show(row, before)
      now.show(i, after)
      const movedMs = Math.abs(after.startTimeMs - before.startTimeMs)
      if (Number.isNaN(movedMs) || movedMs < CUT_MS) return true
    }
    return false
  }

  /** Whether what is served has exactly these containers. Computes it now, before its rows are overwritten. */
  #lists(now: SampleTable): boolean {
    this.#usage = this.usage
    const served = new Set(this.#usage?.containers.map(({ name }) => name))
    let present = 0
    for (let row = 0; row < now.length; row++) {
      if (now.hasEnded(row)) continue
      present++
      if (!served.has(now.nameOf(row))) return false
    }
    return served.size === present
  }
}

/** Usage of a node or container; `undefined` when its memory is not known. */
function usageOf(rate: Rate, sample: ObservedSample, ephemeralStorageBytes: number | undefined): Usage | undefined {
  if (Number.isNaN(sample.workingSetBytes)) return undefined
  return {
    cpuNanocores: Math.round(rate.cpuNanocores),
    memoryBytes: Math.round(sample.workingSetBytes),
    swapBytes: swapOf(sample),
    ephemeralStorageBytes,
  }
}

/** Whether ephemeral storage that was reported at `then` is not served any more; a node that gives no Summary has none. */
function isOver(then: ScrapeClock | undefined, { source, askedAt }: ScrapeClock, retentionMs: number): boolean {
  return then !== undefined && (source === 'resource' || askedAt.monotonicMs - then.askedAt.monotonicMs > retentionMs)
}

/** A window as served: whole milliseconds, as in the Go server; the rate is over the exact one. */
function servedWindow(windowMs: number): number {
  return Math.max(1, Math.round(windowMs))
}

/**
 * The usage of a pod: of each container that runs and has a rate. The pod's time is that of its earliest value, and its
 * window begins with the earliest window.
 */
function podUsage(samples: SampleTable, storage: ReportedStorage | undefined): PodUsage {
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
    if (isOverPodWindow(rate, beginMs, sample)) rate.cpuNanocores *= rate.windowMs / (rate.timestampMs - beginMs)
    const bytes = storage?.bytesOf(samples.nameOf(row), row, sample)
    const usage = usageOf(rate, sample, Number.isNaN(bytes) ? undefined : bytes)
    if (usage !== undefined) containers.push({ name: samples.nameOf(row), usage })
  }
  if (containers.length === 0) return { timestampMs: 0, windowMs: 0, containers }
  return { timestampMs, windowMs: servedWindow(timestampMs - beginMs), containers }
}

/**
 * Whether what a container used in its own window is all that it used since `beginMs`, where the pod's window begins: it
 * used nothing before it started, and in whole seconds two windows that differ by less than one are the same.
 */
function isOverPodWindow({ timestampMs, windowMs }: Rate, beginMs: number, sample: ObservedSample): boolean {
  if ((sample.flags & OVER_LIFE) !== 0) return true
  const longerMs = timestampMs - beginMs - windowMs
  return isCut(sample) && longerMs > EXACT_SHARE * windowMs && longerMs < CUT_MS
}

/** A machine without swap reports 0 in use and 0 available, which is no swap instead of 0 bytes. */
function swapOf({ swapBytes, swapAvailableBytes }: ObservedSample): number | undefined {
  if (Number.isNaN(swapBytes)) return undefined
  return swapBytes > 0 || swapAvailableBytes > 0 ? Math.round(swapBytes) : undefined
}

/** A value that a kubelet reports for a node or a container: a counter or a gauge, nothing computed. */
export type MetricField =
  | 'startTimeMs'
  | 'cpuNanoseconds'
  | 'workingSetBytes'
  | 'swapBytes'
  | 'swapLimitBytes'
  | 'ephemeralStorageBytes'

/** A field with its sample time, by this server's wall clock, milliseconds since the epoch. */
export interface ReportedValue {
  readonly value: number
  readonly timestampMs: number
}

/** Receives a field of a container with its sample time, by this server's wall clock, milliseconds. */
export type ReceiveContainer = (
  namespace: string,
  pod: string,
  container: string,
  value: number,
  timestampMs: number,
) => void

/** A field of a sample; NaN where the kubelet left it out. */
function fieldOf(sample: ObservedSample, field: Exclude<MetricField, 'ephemeralStorageBytes'>): number {
  if (field !== 'swapLimitBytes') return sample[field]
  return sample.swapAvailableBytes + (Number.isNaN(sample.swapBytes) ? 0 : sample.swapBytes)
}
