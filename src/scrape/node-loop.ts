import type { Timer } from '../model/clock.ts'
import type { NodeRecord } from '../model/cluster-objects.ts'
import type { LeftOut, Scrape } from '../model/sample.ts'
import type { NodeFailure, NodeReport } from './node-report.ts'
import { faultKey, leftOutKey, type ScraperOptions } from './options.ts'
import { backoffRounds, nextAt } from './phase.ts'
import type { RoundWatch } from './round-watch.ts'
import type { Slots } from './slots.ts'
import type { Timetable } from './timetable.ts'

/** How soon a node is asked a second time when it told of something new that one answer is not enough for. */
const SECOND_LOOK_MS = 2000
/** After an answer, the least part of a resolution until the next: a very short window is mostly error. */
const LEAST_PART = 0.25

/** What all loops have in common. */
export interface Shared {
  readonly slots: Slots
  readonly rounds: RoundWatch
  readonly timetable: Timetable
}

/** Asks one node again and again, never twice at once. */
export class NodeLoop {
  /** The node has been asked, whatever came of it. */
  asked = false
  /** What can be had of it at the start has been had: it has been asked a second time, where its first answer wanted that. */
  settled = false
  /** Failures in a row. */
  failures = 0
  #node: NodeRecord
  readonly #phaseMs: number
  readonly #options: ScraperOptions
  readonly #slots: Slots
  readonly #rounds: RoundWatch
  readonly #timetable: Timetable
  #timer: Timer | undefined
  #stopped = false
  #endedAtMs = 0
  #tookMs = 0
  #source: Scrape['sample']['source'] | undefined
  #failure: NodeFailure | undefined
  /** Pods of its last answer that waited for another one; `undefined` before the first. */
  #waiting: number | undefined

  constructor(node: NodeRecord, phaseMs: number, options: ScraperOptions, shared: Shared) {
    this.#node = node
    this.#phaseMs = phaseMs
    this.#options = options
    this.#slots = shared.slots
    this.#rounds = shared.rounds
    this.#timetable = shared.timetable
  }

  get uid(): string {
    return this.#node.uid
  }

  /** What came of asking it so far. */
  report(): NodeReport {
    const { name } = this.#node
    const last = this.asked ? { endedAtMs: this.#endedAtMs, tookMs: this.#tookMs } : undefined
    return { name, last, source: this.#source, failures: this.failures, failure: this.#failure }
  }

  /** The node as the cluster describes it now. One that failed and says where else it is to be reached is asked at once. */
  update(node: NodeRecord): void {
    const moved = whereabouts(node) !== whereabouts(this.#node)
    this.#node = node
    if (!moved || this.failures === 0 || this.#timer === undefined) return
    this.#timer.cancel()
    this.start()
  }

  start(): void {
    this.#timer = undefined
    void this.#slots.run(() => this.#ask())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Never rejects. */
  async #ask(): Promise<void> {
    if (this.#stopped) return
    const { clock, kubelet, observer } = this.#options
    const begin = clock.monotonicMs()
    let dueMs: number
    let failure: string | undefined
    try {
      const scrape = await kubelet.scrape(this.#node)
      if (this.#stopped) return
      this.#reportLeftOut(scrape.sample.leftOut)
      dueMs = this.#succeeded(this.#options.store.put(this.#node.name, scrape))
      this.#source = scrape.sample.source
      this.#failure = undefined
    } catch (error) {
      if (this.#stopped) return
      failure = causeOf(error)
      dueMs = this.#failed(error)
      this.#failure = { sinceMs: this.#failure?.sinceMs ?? begin, cause: failure, message: messageOf(error) }
    }
    const durationMs = clock.monotonicMs() - begin
    this.asked = true
    this.#endedAtMs = begin + durationMs
    this.#tookMs = durationMs
    this.#rounds.end(durationMs)
    observer.asked(this.#node.name, durationMs / 1000, failure)
    this.#timer = this.#timetable.at(dueMs, () => this.start())
  }

  /** When to ask again. */
  #succeeded(stored: { readonly node: boolean; readonly podsWaiting: number }): number {
    const { clock, faults, resolutionMs } = this.#options
    const isNews =
      this.#waiting === undefined ? !stored.node || stored.podsWaiting > 0 : stored.podsWaiting > this.#waiting
    this.settled ||= !isNews || this.#waiting !== undefined
    this.#waiting = stored.podsWaiting
    this.failures = 0
    faults.resolve(faultKey(this.#node.name))
    // More than before: what never becomes whole is no reason to ask twice each time.
    const now = clock.monotonicMs()
    if (isNews) return now + Math.min(SECOND_LOOK_MS, resolutionMs)
    return nextAt(this.#phaseMs, resolutionMs, now + LEAST_PART * resolutionMs)
  }

  #reportLeftOut(leftOut: LeftOut | undefined): void {
    const { faults } = this.#options
    const { name } = this.#node
    if (leftOut === undefined) {
      faults.resolve(leftOutKey(name))
      return
    }
    const { reason, count, example } = leftOut
    const message = `Pods that node ${name} reports are left out: ${reason}; the log of its kubelet may say more`
    faults.report(leftOutKey(name), message, { node: name, pods: count, example })
  }

  /** When to ask again. */
  #failed(error: unknown): number {
    const { clock, faults, store, resolutionMs, retentionMs } = this.#options
    this.failures++
    this.settled = true
    store.dropExpired(this.#node.name)
    // In the message, not in a field: another cause is another fault.
    faults.report(faultKey(this.#node.name), `Failed to scrape ${messageOf(error)}`, { node: this.#node.name })
    const now = clock.monotonicMs()
    const rounds = backoffRounds(this.failures, resolutionMs, retentionMs)
    return nextAt(this.#phaseMs, resolutionMs, now + (rounds - 1 + LEAST_PART) * resolutionMs)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The word that an error of the kubelet room gives for its cause. */
function causeOf(error: unknown): string {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined
  return typeof reason === 'string' ? reason : 'internal'
}

function whereabouts(node: NodeRecord): string {
  return JSON.stringify([node.addresses, node.kubeletPort, node.resourceMetricsPath])
}
