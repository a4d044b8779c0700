import type { ResourceSample, Scrape } from '../model/sample.ts'
import { packSample } from '../model/sample-rows.ts'
import type { NodeUsage } from '../model/usage.ts'
import type { Limits } from './cpu-rate.ts'
import { fieldOf, type MetricField, type ReportedValue } from './metric-field.ts'
import type { PodEntry } from './pod-entry.ts'
import type { SampleComparer } from './sample-comparer.ts'
import { Rate, SampleCursor, SampleTable } from './sample-table.ts'
import { type ScrapeClock, scrapeClock } from './scrape-clock.ts'
import { timestampOf } from './time-window.ts'
import { servedWindow, usageOf } from './usage.ts'

/** What is kept of one node. Times `…AtMs` are of our monotonic clock. */
export class NodeEntry {
  readonly name: string
  usage: NodeUsage | undefined
  /** When the sample behind `usage` was last confirmed by an answer: the retention counts from there. */
  usageAtMs = Number.NEGATIVE_INFINITY
  answeredAtMs = Number.NEGATIVE_INFINITY
  /** The last scrape and the one before it. */
  clock: ScrapeClock | undefined
  previousClock: ScrapeClock | undefined
  /** Its pods, in the order in which it listed them last; those that it did not list in its last answer come after. */
  readonly pods: PodEntry[] = []
  /** Its last good sample, in one row. */
  readonly #kept = new SampleTable('node')

  constructor(name: string) {
    this.name = name
  }

  /** A sample that says nothing new or nothing certain leaves what is served as it is. */
  take(scrape: Scrape, comparer: SampleComparer, limits: Limits): ScrapeClock {
    const clock = scrapeClock(scrape, this.clock)
    this.previousClock = this.clock
    this.clock = clock
    this.answeredAtMs = scrape.askedAt.monotonicMs
    const { node } = scrape.sample
    if (node !== undefined) this.#compare(node, clock, comparer, limits)
    return clock
  }

  /** What the last good sample says of the node itself. */
  reported(field: MetricField): ReportedValue | undefined {
    if (this.#kept.length === 0) return undefined
    const sample = new SampleCursor()
    this.#kept.show(0, sample)
    const value = fieldOf(sample, field)
    return Number.isNaN(value) ? undefined : { value, timestampMs: timestampOf(sample) }
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
    const usage = usageOf(rate, sample)
    if (usage !== undefined)
      this.usage = { timestampMs: rate.timestampMs, windowMs: servedWindow(rate.windowMs), usage }
  }
}
