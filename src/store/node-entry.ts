import type { ResourceSample, Scrape } from '../model/sample.ts'
import { packSample } from '../model/sample-rows.ts'
import type { NodeUsage } from '../model/usage.ts'
import { type Answer, answerOf } from './answer.ts'
import { type Figure, figureOf, type Told } from './figure.ts'
import type { PodEntry } from './pod-entry.ts'
import { nodeRate } from './rate.ts'
import { Rate } from './reading.ts'
import { Row } from './row.ts'
import { Rows } from './rows.ts'
import type { Taking } from './taking.ts'
import { servedWindow, usageOf } from './usage-of.ts'
import { timestampOf } from './window.ts'

/** What is kept of one node. Times `…AtMs` are of our monotonic clock. */
export class NodeEntry {
  usage: NodeUsage | undefined
  /** When the sample behind `usage` came first; a sample that is only repeated grows old. */
  usageAtMs = Number.NEGATIVE_INFINITY
  answeredAtMs = Number.NEGATIVE_INFINITY
  /** Its pods, in the order in which it listed them last. */
  readonly pods: PodEntry[] = []
  #answer: Answer | undefined
  /** Its last sample, in one row. */
  readonly #kept = new Rows('node')

  /** A sample that says nothing new or nothing certain leaves what is served as it is. Gives what its pods are to be taken with. */
  takeNode(scrape: Scrape, taking: Taking): Answer {
    const answer = answerOf(scrape, this.#answer)
    this.#answer = answer
    this.answeredAtMs = scrape.askedAt.monotonicMs
    const { node } = scrape.sample
    if (node !== undefined) this.#take(node, answer, taking)
    return answer
  }

  /** What the last sample told of the node itself. */
  told(figure: Figure): Told | undefined {
    if (this.#kept.length === 0) return undefined
    const reading = new Row()
    this.#kept.show(0, reading)
    const value = figureOf(reading, figure)
    return Number.isNaN(value) ? undefined : { value, timestampMs: timestampOf(reading) }
  }

  #take(node: ResourceSample, answer: Answer, taking: Taking): void {
    const draft = taking.nodeDraft
    draft.clear()
    draft.add('', packSample(node), 0, answer)
    const isNews = taking.compare(draft, this.#kept, this.#kept.length - 1, nodeRate)
    this.#kept.become(draft)
    if (!isNews || !this.#kept.hasRate(0)) return
    const [reading, rate] = [new Row(), new Rate()]
    this.#kept.show(0, reading)
    this.#kept.rateOf(0, rate)
    const usage = usageOf(rate, reading)
    if (usage === undefined) return
    this.usage = { timestampMs: rate.timestampMs, windowMs: servedWindow(rate), usage }
    this.usageAtMs = this.#kept.atMs(0)
  }
}
