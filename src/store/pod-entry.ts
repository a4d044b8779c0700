import type { PodSample } from '../model/sample.ts'
import type { PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import type { Figure } from './figure.ts'
import { type ContainerEntry, canBeServed, find, hasGone, podUsage, takeContainer } from './container-entry.ts'
import { KeptContainers } from './kept-containers.ts'

/**
 * What is kept of one pod on one node. It is served with every container that its last sample lists, or as it was
 * before, or not at all: never in part, because HPA adds up what is listed.
 */
export class PodEntry {
  readonly key: string
  next: PodEntry | undefined
  usageAtMs = Number.NEGATIVE_INFINITY
  /** How many containers `usage` has. */
  servedContainers = 0
  /** Every container of the last sample could be served. */
  complete = false
  /** The last answer that listed this pod. */
  answer: Answer | undefined
  #uid: string | undefined
  readonly #kept = new KeptContainers()
  /** What is served when it is not of the last sample; else it is to be had from what is kept. */
  #usage: PodUsage | undefined

  constructor(key: string) {
    this.key = key
  }

  /** Made when it is asked for: few samples ever are, and those not often enough for keeping what was made. */
  get usage(): PodUsage | undefined {
    if (this.#usage !== undefined || this.servedContainers === 0) return this.#usage
    return podUsage(this.#kept.read().filter((entry) => !hasGone(entry)))
  }

  /** Whether this is the pod with that uid, as far as both are known. */
  isOf(uid: string | undefined): boolean {
    return uid === undefined || this.#uid === undefined || uid === this.#uid
  }

  take(sample: PodSample, answer: Answer, resolutionMs: number): void {
    this.answer = answer
    // The same text again is not kept again.
    if (sample.uid !== undefined && sample.uid !== this.#uid) this.#uid = sample.uid
    const before = this.#kept.read()
    const now = sample.containers.map((container, i) =>
      takeContainer(find(before, container.name, i), container, answer, resolutionMs),
    )
    const present = now.filter((entry) => !hasGone(entry))
    this.complete = present.every(canBeServed)
    if (this.complete) this.#serve(present)
    else if (!this.#goesOn(before, now) || !this.#lists(present)) this.#serve([])
    this.#kept.write(now)
  }

  /** What the last sample told of each container. */
  tell(figure: Figure, take: (container: string, value: number, timestampMs: number) => void): void {
    this.#kept.tell(figure, take)
  }

  /** To be served from now on: what will be kept, of which these are the containers that are there. */
  #serve(entries: readonly ContainerEntry[]): void {
    this.#usage = undefined
    this.servedContainers = entries.length
    if (entries.length === 0) this.usageAtMs = Number.NEGATIVE_INFINITY
    else this.usageAtMs = entries.reduce((least, entry) => Math.min(least, entry.atMs), Number.POSITIVE_INFINITY)
  }

  /** Without a uid, a pod whose containers all started anew may be another pod under the same name. */
  #goesOn(before: readonly ContainerEntry[], now: readonly ContainerEntry[]): boolean {
    if (this.#uid !== undefined) return true
    return now.some((entry, i) => {
      const earlier = find(before, entry.name, i)
      return earlier !== undefined && earlier.reading.resource.startTimeMs === entry.reading.resource.startTimeMs
    })
  }

  /** Whether what is served has just these containers. It is made now, before what it is made of is written over. */
  #lists(entries: readonly ContainerEntry[]): boolean {
    this.#usage = this.usage
    const served = this.#usage?.containers ?? []
    return served.length === entries.length && entries.every((e, i) => find(served, e.name, i) !== undefined)
  }
}
