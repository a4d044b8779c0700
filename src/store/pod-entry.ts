import type { PodSample, RejectionReason } from '../model/sample.ts'
import { SAMPLE_WIDTH, START } from '../model/sample-rows.ts'
import type { PodUsage } from '../model/usage.ts'
import type { Limits } from './cpu-rate.ts'
import { fieldOf, type MetricField } from './metric-field.ts'
import type { NodeEntry } from './node-entry.ts'
import type { SampleComparer } from './sample-comparer.ts'
import { Rate, SampleCursor, SampleTable } from './sample-table.ts'
import type { ScrapeClock } from './scrape-clock.ts'
import { CUT_MS, timestampOf } from './time-window.ts'
import { podUsage } from './usage.ts'

/** What came of the last sample of a pod. */
export interface PodOutcome {
  /** In how many milliseconds another scrape would make it whole; NaN when the next ordinary one will do. */
  anotherMs: number
  /** A container whose sample was left out, and why. */
  rejected: { readonly container: string; readonly reason: RejectionReason } | undefined
}

/**
 * What is kept of one pod on one node. It is served with every container that its last sample lists, or as it was
 * before, or not at all: never in part, because HPA adds up what is listed.
 */
export class PodEntry {
  readonly namespace: string
  readonly name: string
  /** The node that reports it. */
  readonly node: NodeEntry
  next: PodEntry | undefined
  /** When the samples that are served were last confirmed by an answer, by our monotonic clock. */
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
  /** What is served when it is not of the last sample; else it is to be had from what is kept. */
  #usage: PodUsage | undefined

  constructor(namespace: string, name: string, node: NodeEntry) {
    this.namespace = namespace
    this.name = name
    this.node = node
  }

  /** As its kubelet reports it; `undefined` in /metrics/resource, which has none. */
  get uid(): string | undefined {
    return this.#uid
  }

  /** Made when it is asked for: few samples ever are, and those not often enough for keeping what was made. */
  get usage(): PodUsage | undefined {
    if (this.#usage !== undefined || this.servedContainers === 0) return this.#usage
    return podUsage(this.#kept)
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
      // The same text again is not kept again.
      if (sample.uid !== this.#uid) this.#uid = sample.uid
    } else if (clock.source === 'resource') this.#uid = undefined
    outcome.anotherMs = Number.NaN
    outcome.rejected = undefined
    draft.clear()
    const { names, numbers } = sample.containers
    if (comparer.isExtra && this.#kept.hasRates) {
      // A scrape for the sake of others would put values of two moments into one pod.
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
    // All of it stays, with what the next samples are compared with: the windows of a pod's containers go together.
    if (outcome.rejected !== undefined && this.servedContainers > 0) return
    this.#decide(draft)
    this.#kept.become(draft)
    if (this.#kept.hasRates) outcome.anotherMs = Number.NaN
  }

  /** Whether all these samples go on from the last good ones; what was rejected of one that does is forgotten. */
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

  /** Calls `receive` for each container whose last good sample has the field, with the time that it was sampled at. */
  forEachReported(field: MetricField, receive: (container: string, value: number, timestampMs: number) => void): void {
    const [sample, rate] = [new SampleCursor(), new Rate()]
    for (let row = 0; row < this.#kept.length; row++) {
      this.#kept.show(row, sample)
      const value = fieldOf(sample, field)
      if (Number.isNaN(value)) continue
      this.#kept.rateOf(row, rate)
      receive(this.#kept.nameOf(row), value, this.#kept.hasRate(row) ? rate.timestampMs : timestampOf(sample))
    }
  }

  /** What is to be served, when this is what will be kept. */
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

  /** To be served from now on: what will be kept, of which so many containers are there. */
  #serve(containers: number, earliestMs: number): void {
    this.#usage = undefined
    this.servedContainers = containers
    this.usageAtMs = containers === 0 ? Number.NEGATIVE_INFINITY : earliestMs
  }

  /** Without a uid, a pod whose containers all started anew may be another pod under the same name. */
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

  /** Whether what is served has just these containers. It is made now, before what it is made of is written over. */
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
