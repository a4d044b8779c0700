import type { Scrape } from '../model/sample.ts'
import type { NodeUsage } from '../model/usage.ts'
import type { PodEntry } from './pod-entry.ts'
import { nodeRate, type Reading } from './rate.ts'
import { servedWindow, usageOf } from './usage-of.ts'
import { clockAhead } from './window.ts'

/** What is kept of one node. Times `…AtMs` are of our monotonic clock. */
export class NodeEntry {
  usage: NodeUsage | undefined
  /** When the sample behind `usage` came first; a sample that is only repeated grows old. */
  usageAtMs = Number.NEGATIVE_INFINITY
  answeredAtMs = Number.NEGATIVE_INFINITY
  pods: Map<string, PodEntry> = new Map()
  #last: Reading | undefined

  /** A sample that says nothing new or nothing certain leaves what is served as it is. */
  takeNode(scrape: Scrape, resolutionMs: number): void {
    const { askedAt, sample } = scrape
    this.answeredAtMs = askedAt.monotonicMs
    if (sample.node === undefined) return
    const reading: Reading = { resource: sample.node, taken: 'reported', askedAt, clockAheadMs: clockAhead(scrape) }
    const rate = nodeRate(this.#last, reading, resolutionMs)
    if (rate === 'repeated') return
    this.#last = reading
    const usage = rate === 'unknown' ? undefined : usageOf(rate, sample.node)
    if (rate === 'unknown' || usage === undefined) return
    this.usage = { timestampMs: rate.timestampMs, windowMs: servedWindow(rate), usage }
    this.usageAtMs = askedAt.monotonicMs
  }
}
