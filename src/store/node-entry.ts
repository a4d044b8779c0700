import type { Scrape } from '../model/sample.ts'
import type { NodeUsage } from '../model/usage.ts'
import { type Answer, answerOf } from './answer.ts'
import { type Figure, figureOf, type Told } from './figure.ts'
import type { PodEntry } from './pod-entry.ts'
import { nodeRate } from './rate.ts'
import type { Reading } from './reading.ts'
import { servedWindow, usageOf } from './usage-of.ts'
import { firstToldMs, timestampOf } from './window.ts'

/** What is kept of one node. Times `…AtMs` are of our monotonic clock. */
export class NodeEntry {
  usage: NodeUsage | undefined
  /** When the sample behind `usage` came first; a sample that is only repeated grows old. */
  usageAtMs = Number.NEGATIVE_INFINITY
  answeredAtMs = Number.NEGATIVE_INFINITY
  /** Its pods, in the order in which it listed them last. */
  readonly pods: PodEntry[] = []
  #answer: Answer | undefined
  #last: Reading | undefined

  /** A sample that says nothing new or nothing certain leaves what is served as it is. Gives what its pods are to be taken with. */
  takeNode(scrape: Scrape, resolutionMs: number): Answer {
    const answer = answerOf(scrape, this.#answer)
    this.#answer = answer
    this.answeredAtMs = scrape.askedAt.monotonicMs
    const { node } = scrape.sample
    if (node !== undefined) this.#take({ resource: node, taken: 'earlier', answer }, resolutionMs)
    return answer
  }

  /** What the last sample told of the node itself. */
  told(figure: Figure): Told | undefined {
    const value = this.#last && figureOf(this.#last.resource, figure)
    return this.#last === undefined || value === undefined ? undefined : { value, timestampMs: timestampOf(this.#last) }
  }

  #take(reading: Reading, resolutionMs: number): void {
    const rate = nodeRate(this.#last, reading, resolutionMs)
    if (rate === 'repeated') return
    this.#last = reading
    const usage = rate === 'unknown' ? undefined : usageOf(rate, reading.resource)
    if (rate === 'unknown' || usage === undefined) return
    this.usage = { timestampMs: rate.timestampMs, windowMs: servedWindow(rate), usage }
    this.usageAtMs = firstToldMs(reading)
  }
}
