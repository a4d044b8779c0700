import type { NodeRecord } from '../model/cluster-objects.ts'
import {
  contestedKey,
  faultKey,
  leftOutKey,
  NodeLoop,
  type NodeReport,
  rejectedKey,
  type ScraperOptions,
  type Shared,
  storageKey,
} from './node-loop.ts'
import { CycleDuration, ConcurrencyLimit, SharedTimers } from './schedule.ts'

/**
 * Decides when each node is scraped: a new node at once, then each node at its own phase of the resolution, so that the
 * load is flat. A node that fails is scraped less often; no node waits for another.
 */
export class Scraper {
  readonly #options: ScraperOptions
  readonly #loops = new Map<string, NodeLoop>()
  readonly #cycles: CycleDuration
  readonly #shared: Shared
  #count = 0
  #stopped = false

  constructor(options: ScraperOptions) {
    this.#options = options
    this.#cycles = new CycleDuration(options.clock, options.resolutionMs, (seconds) => this.#endCycle(seconds))
    const limit = new ConcurrencyLimit(options.concurrency, options.clock)
    this.#shared = { limit, cycles: this.#cycles, timers: new SharedTimers(options.clock) }
  }

  /** A node of the cluster, new or changed (its addresses, its port). A new one is scraped at once. */
  upsert(node: NodeRecord): void {
    if (this.#stopped) return
    const loop = this.#loops.get(node.name)
    if (loop?.uid === node.uid) {
      loop.update(node)
      return
    }
    // Another node under the same name, to which nothing of the old one applies.
    if (loop !== undefined) this.remove(node.name)
    const created = new NodeLoop(node, this.#count++, this.#options, this.#shared)
    this.#loops.set(node.name, created)
    created.start()
  }

  remove(nodeName: string): void {
    const { kubelet, store, observer, faults } = this.#options
    const loop = this.#loops.get(nodeName)
    if (loop === undefined) return
    loop.stop()
    this.#loops.delete(nodeName)
    kubelet.forget(nodeName)
    store.forget(nodeName)
    observer.forget(nodeName)
    for (const key of [faultKey, rejectedKey, contestedKey, leftOutKey, storageKey]) faults.forget(key(nodeName))
  }

  /**
   * The number of nodes, of those that have been scraped once, of those whose first values are there, and of those that
   * failed when scraped last.
   */
  state(): { nodes: number; scraped: number; warmedUp: number; failing: number } {
    let scraped = 0
    let warmedUp = 0
    let failing = 0
    for (const loop of this.#loops.values()) {
      if (loop.scraped) scraped++
      if (loop.warmedUp) warmedUp++
      if (loop.failures > 0) failing++
    }
    return { nodes: this.#loops.size, scraped, warmedUp, failing }
  }

  /** @param seconds how long the slowest scrape of the cycle took. */
  #endCycle(seconds: number): void {
    const { observer, log } = this.#options
    observer.cycleEnded(seconds)
    log.verbose(2, 'Scrape cycle ended', () => {
      let [failed, pods] = [0, 0]
      for (const loop of this.#loops.values()) {
        if (loop.failures > 0) failed++
        else pods += loop.pods
      }
      return { nodes: this.#loops.size, failed, pods, slowestMs: Math.round(seconds * 1000) }
    })
  }

  /** The state of each node, in no order, for /statusz. */
  reports(): NodeReport[] {
    return [...this.#loops.values()].map((loop) => loop.report())
  }

  /** Whether timers run: false when none has for two resolutions. Faults of nodes do not count. */
  timely(): boolean {
    return this.#cycles.sinceLastMs() <= 2 * this.#options.resolutionMs
  }

  stop(): void {
    this.#stopped = true
    this.#cycles.stop()
    for (const loop of this.#loops.values()) loop.stop()
  }
}
