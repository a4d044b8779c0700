import type { PodSample } from '../model/sample.ts'
import { SAMPLE_WIDTH } from '../model/sample-rows.ts'
import type { PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import { type Figure, figureOf } from './figure.ts'
import type { NodeEntry } from './node-entry.ts'
import { podUsage } from './pod-usage.ts'
import { containerRate } from './rate.ts'
import { Rate } from './reading.ts'
import { Row } from './row.ts'
import { Rows } from './rows.ts'
import type { Taking } from './taking.ts'
import { timestampOf } from './window.ts'

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
  readonly #kept = new Rows('containers')
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
    return podUsage(this.#kept)
  }

  /** Whether this is the pod with that uid, as far as both are known. */
  isOf(uid: string | undefined): boolean {
    return uid === undefined || this.#uid === undefined || uid === this.#uid
  }

  isNamed(namespace: string, name: string): boolean {
    return this.name === name && this.namespace === namespace
  }

  take(sample: PodSample, answer: Answer, taking: Taking): void {
    const draft = taking.podDraft
    this.answer = answer
    // The same text again is not kept again.
    if (sample.uid !== undefined && sample.uid !== this.#uid) this.#uid = sample.uid
    draft.clear()
    const { names, numbers } = sample.containers
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      draft.add(name, numbers, i * SAMPLE_WIDTH, answer)
      taking.compare(draft, this.#kept, this.#kept.rowOf(name, i), containerRate)
    }
    this.#decide(draft)
    this.#kept.become(draft)
  }

  /** Calls `take` for each container of which the last sample told the figure, with the time that it was sampled at. */
  tell(figure: Figure, take: (container: string, value: number, timestampMs: number) => void): void {
    const [reading, rate] = [new Row(), new Rate()]
    for (let row = 0; row < this.#kept.length; row++) {
      this.#kept.show(row, reading)
      const value = figureOf(reading, figure)
      if (Number.isNaN(value)) continue
      this.#kept.rateOf(row, rate)
      take(this.#kept.nameOf(row), value, this.#kept.hasRate(row) ? rate.timestampMs : timestampOf(reading))
    }
  }

  /** What is to be served, when this is what will be kept. */
  #decide(draft: Rows): void {
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
  }

  /** To be served from now on: what will be kept, of which so many containers are there. */
  #serve(containers: number, earliestMs: number): void {
    this.#usage = undefined
    this.servedContainers = containers
    this.usageAtMs = containers === 0 ? Number.NEGATIVE_INFINITY : earliestMs
  }

  /** Without a uid, a pod whose containers all started anew may be another pod under the same name. */
  #goesOn(now: Rows): boolean {
    if (this.#uid !== undefined) return true
    const [before, after] = [new Row(), new Row()]
    for (let i = 0; i < now.length; i++) {
      const row = this.#kept.rowOf(now.nameOf(i), i)
      if (row < 0) continue
      this.#kept.show(row, before)
      now.show(i, after)
      if (Object.is(before.startTimeMs, after.startTimeMs)) return true
    }
    return false
  }

  /** Whether what is served has just these containers. It is made now, before what it is made of is written over. */
  #lists(now: Rows): boolean {
    this.#usage = this.usage
    const served = new Set(this.#usage?.containers.map(({ name }) => name))
    let present = 0
    for (let row = 0; row < now.length; row++) {
      if (now.hasGone(row)) continue
      present++
      if (!served.has(now.nameOf(row))) return false
    }
    return served.size === present
  }
}
