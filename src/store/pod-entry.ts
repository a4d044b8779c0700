import type { ContainerSample, PodSample } from '../model/sample.ts'
import type { PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import { podUsage, readingOf } from './container-entry.ts'
import { ContainerRows } from './container-rows.ts'
import type { Figure } from './figure.ts'
import type { NodeEntry } from './node-entry.ts'
import { containerRate } from './rate.ts'
import { firstToldMs } from './window.ts'

/** What taking a sample needs besides it. */
export interface Taking {
  readonly resolutionMs: number
  /** Where a pod's new entries are put together; one for all pods. */
  readonly draft: ContainerRows
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
  usageAtMs = Number.NEGATIVE_INFINITY
  /** How many containers `usage` has. */
  servedContainers = 0
  /** Every container of the last sample could be served. */
  complete = false
  /** The last answer that listed this pod. */
  answer: Answer | undefined
  #uid: string | undefined
  readonly #kept = new ContainerRows()
  /** What is served when it is not of the last sample; else it is to be had from what is kept. */
  #usage: PodUsage | undefined

  constructor(namespace: string, name: string, node: NodeEntry) {
    this.namespace = namespace
    this.name = name
    this.node = node
  }

  /** Made when it is asked for: few samples ever are, and those not often enough for keeping what was made. */
  get usage(): PodUsage | undefined {
    if (this.#usage !== undefined || this.servedContainers === 0) return this.#usage
    return podUsage(this.#kept.entries().filter((_, row) => !this.#kept.hasGone(row)))
  }

  /** Whether this is the pod with that uid, as far as both are known. */
  isOf(uid: string | undefined): boolean {
    return uid === undefined || this.#uid === undefined || uid === this.#uid
  }

  isNamed(namespace: string, name: string): boolean {
    return this.name === name && this.namespace === namespace
  }

  take(sample: PodSample, answer: Answer, { resolutionMs, draft }: Taking): void {
    this.answer = answer
    // The same text again is not kept again.
    if (sample.uid !== undefined && sample.uid !== this.#uid) this.#uid = sample.uid
    draft.clear()
    const { containers } = sample
    for (let i = 0; i < containers.length; i++) {
      this.#draft(draft, containers[i] as ContainerSample, i, answer, resolutionMs)
    }
    let present = 0
    let earliestMs = Number.POSITIVE_INFINITY
    this.complete = true
    for (let row = 0; row < draft.length; row++) {
      if (draft.hasGone(row)) continue
      present++
      earliestMs = Math.min(earliestMs, draft.atMs(row))
      if (!draft.canBeServed(row)) this.complete = false
    }
    if (this.complete) this.#serve(present, earliestMs)
    else if (!this.#goesOn(draft) || !this.#lists(draft)) this.#serve(0, earliestMs)
    this.#kept.become(draft)
  }

  /** What the last sample told of each container. */
  tell(figure: Figure, take: (container: string, value: number, timestampMs: number) => void): void {
    this.#kept.tell(figure, take)
  }

  /** Compares a container with what is kept of it, and puts what comes of that into the draft. */
  #draft(draft: ContainerRows, container: ContainerSample, place: number, answer: Answer, resolutionMs: number): void {
    const row = this.#kept.rowOf(container.name, place)
    const reading = readingOf(container, answer)
    const outcome = containerRate(row < 0 ? undefined : this.#kept.entry(row).reading, reading, resolutionMs)
    if (outcome === 'repeated' && row >= 0) draft.addRow(this.#kept, row)
    else draft.add(container.name, reading, typeof outcome === 'string' ? undefined : outcome, firstToldMs(reading))
  }

  /** To be served from now on: what will be kept, of which so many containers are there. */
  #serve(containers: number, earliestMs: number): void {
    this.#usage = undefined
    this.servedContainers = containers
    this.usageAtMs = containers === 0 ? Number.NEGATIVE_INFINITY : earliestMs
  }

  /** Without a uid, a pod whose containers all started anew may be another pod under the same name. */
  #goesOn(now: ContainerRows): boolean {
    if (this.#uid !== undefined) return true
    return now.entries().some(({ name, reading }, i) => {
      const row = this.#kept.rowOf(name, i)
      return row >= 0 && this.#kept.entry(row).reading.resource.startTimeMs === reading.resource.startTimeMs
    })
  }

  /** Whether what is served has just these containers. It is made now, before what it is made of is written over. */
  #lists(now: ContainerRows): boolean {
    this.#usage = this.usage
    const served = new Set(this.#usage?.containers.map(({ name }) => name))
    const present = now.entries().filter((_, row) => !now.hasGone(row))
    return served.size === present.length && present.every(({ name }) => served.has(name))
  }
}
