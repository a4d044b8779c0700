import type { PodRecord } from '../model/cluster-objects.ts'
import type { PodUsage } from '../model/usage.ts'
import type { PodEntry } from './entries.ts'
import type { PodTable } from './pod-table.ts'
import type { ScrapeClock } from './scrape-clock.ts'

/** What {@link PodWatch} needs of the store. */
export interface WatchedPods {
  readonly table: Pick<PodTable, 'first'>
  served(record: PodRecord): PodEntry | undefined
  /** A sample that came before this is served no longer, by our monotonic clock. */
  oldestMs(): number
}

/**
 * Some pods, whose entries have been looked up, and the scrapes that were served then: as long as an entry is of the same
 * scrape, the same is served. Looking them all up again is most of what a list costs of which little has changed.
 */
export class PodWatch {
  readonly #store: WatchedPods
  readonly #records: readonly PodRecord[]
  readonly #entries: (PodEntry | undefined)[] = []
  /** `undefined` where it is not certain for how long the entry will be the one that is served. */
  readonly #clocks: (ScrapeClock | undefined)[] = []

  constructor(records: readonly PodRecord[], store: WatchedPods) {
    this.#records = records
    this.#store = store
  }

  /** The index of the first pod, from this one on, that may be served otherwise than when it was read; else their number. */
  changedFrom(index: number): number {
    const oldestMs = this.#store.oldestMs()
    const records = this.#records
    for (let i = index; i < records.length; i++) {
      const entry = this.#entries[i]
      const clock = this.#clocks[i]
      if (clock === undefined || entry === undefined) return i
      if (entry.clock !== clock || entry.next !== undefined || entry.usageAtMs < oldestMs) return i
    }
    return records.length
  }

  /** What is served of the pod at an index. */
  read(index: number): PodUsage | undefined {
    const record = this.#records[index]
    if (record === undefined) return undefined
    const entry = this.#store.served(record)
    // Of a pod that two nodes report, either may soon be the one to be believed.
    const isOnly = entry?.next === undefined && this.#store.table.first(record.namespace, record.name) === entry
    this.#entries[index] = entry
    this.#clocks[index] = isOnly ? entry?.clock : undefined
    return entry?.usage
  }
}
