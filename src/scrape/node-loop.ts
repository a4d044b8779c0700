import type { KubeletClient } from '../kubelet/client/kubelet-client.ts'
import type { Clock, Timer } from '../model/clock.ts'
import type { NodeRecord } from '../model/cluster-objects.ts'
import type { FaultLog, LogFields, Logger } from '../model/log.ts'
import type { LeftOut, NodeSample, RejectionReason, Scrape } from '../model/sample.ts'
import { SCRAPE_FAILURES, type ScrapeFailure, type ScrapeFault } from '../model/scrape-failure.ts'
import type { PutResult, Store } from '../store/store.ts'
import {
  LEAST_SHARE,
  nextAt,
  phaseOf,
  retryAt,
  type CycleDuration,
  type ConcurrencyLimit,
  type SharedTimers,
} from './schedule.ts'
import { StorageTurns } from './storage-turns.ts'

export interface ScrapeObserver {
  /** A scrape ended after `seconds`; `failure` is `undefined` when it did not fail. */
  scraped(node: string, seconds: number, failure: ScrapeFailure | undefined): void
  forget(node: string): void
  /** `count` samples of a response were left out for this reason. */
  rejected(reason: RejectionReason, count: number): void
  /** A scrape cycle ended; its slowest scrape took `seconds`. */
  cycleEnded(seconds: number): void
}

export interface ScraperOptions {
  readonly kubelet: Pick<KubeletClient, 'scrape' | 'scrapeWhole' | 'forget'>
  readonly store: Pick<Store, 'put' | 'putStorage' | 'forget' | 'dropExpired'>
  readonly observer: ScrapeObserver
  readonly faults: FaultLog
  readonly log: Logger
  readonly clock: Clock
  readonly resolutionMs: number
  readonly retentionMs: number
  /** How often ephemeral storage is scraped, at least a resolution, and each request's deadline; `undefined`: never. */
  readonly storage?: { readonly resolutionMs: number; readonly requestTimeoutMs: number } | undefined
  /** How many scrapes may start at the same time. */
  readonly concurrency: number
}

/** The key of a node's faults. */
export function faultKey(nodeName: string): string {
  return `node/${nodeName}`
}

/** The key of a node's rejected samples. */
export function rejectedKey(nodeName: string): string {
  return `samples/${nodeName}`
}

/** The key of a node's pods that another node reports too. */
export function contestedKey(nodeName: string): string {
  return `claims/${nodeName}`
}

/** The key of a node's pods that were left out of its response. */
export function leftOutKey(nodeName: string): string {
  return `${faultKey(nodeName)}/left-out`
}

/** The key of faults with a node's whole Summary. */
export function storageKey(nodeName: string): string {
  return `${faultKey(nodeName)}/storage`
}

/** The state of scraping one node. Times `…AtMs` and `sinceMs` are of the monotonic clock. */
export interface NodeReport {
  readonly name: string
  /** The last scrape, failed or not; `undefined` before the first has ended. */
  readonly last: { readonly endedAtMs: number; readonly tookMs: number } | undefined
  /** The endpoint of the last response; `undefined` before the first. */
  readonly source: NodeSample['source'] | undefined
  /** Failures in a row, 0 when the last scrape succeeded. */
  readonly failures: number
  readonly failure: NodeFailure | undefined
}

/** Why a node's last scrape failed. */
interface NodeFailure {
  /** When the first of the failures in a row began. */
  readonly sinceMs: number
  readonly cause: ScrapeFailure
  /** One line that begins with the node. No credential is in it. */
  readonly message: string
}

/** The least time between extra scrapes for new pods, as a share of the resolution, since new pods may never cease. */
const BETWEEN_EXTRAS_SHARE = 1 / 4
/** An extra scrape that is due so soon before the ordinary one is left out. */
const NEAR_ORDINARY_MS = 500
/** After so many resolutions the server is ready without a node's own values. */
const WAITED_RESOLUTIONS = 2
/** A node that takes no longer for its whole Summary need not be asked for it apart. */
const PROMPT_MS = 500
/** A fault in responses that comes and goes is resolved after so long without it. */
const QUIET_MS = 10 * 60_000

/** What all loops share. */
export interface Shared {
  readonly limit: ConcurrencyLimit
  readonly cycles: CycleDuration
  readonly timers: SharedTimers
}

/** Scrapes one node again and again, never twice at once. */
export class NodeLoop {
  /** The node has been scraped once, successfully or not. */
  scraped = false
  /** The first values are there: the node's own, and those of pods that needed a second scrape. */
  warmedUp = false
  /** Failures in a row. */
  failures = 0
  /** Pods in its last response. */
  pods = 0
  #node: NodeRecord
  readonly #phaseMs: number
  readonly #options: ScraperOptions
  readonly #limit: ConcurrencyLimit
  readonly #cycles: CycleDuration
  readonly #timers: SharedTimers
  readonly #storageTurns: StorageTurns | undefined
  #timer: Timer | undefined
  #stopped = false
  #endedAtMs = 0
  #tookMs = 0
  #source: Scrape['sample']['source'] | undefined
  #failure: NodeFailure | undefined
  /** When the last ordinary scrape began. */
  #ordinaryAtMs = Number.NEGATIVE_INFINITY
  #extraAtMs = Number.NEGATIVE_INFINITY
  /** The next scrape is an extra one, for new pods. */
  #isExtra = false
  #answeredAtMs = Number.NEGATIVE_INFINITY
  #firstAnswerAtMs: number | undefined
  readonly #oddSinceMs = new Map<string, number>()

  /** `number`: of the loops before this one, to spread the nodes. */
  constructor(node: NodeRecord, number: number, options: ScraperOptions, shared: Shared) {
    const { clock, resolutionMs, storage } = options
    this.#node = node
    this.#phaseMs = phaseOf(number, resolutionMs)
    this.#storageTurns = storage && new StorageTurns(clock.monotonicMs(), resolutionMs, storage.resolutionMs, number)
    this.#options = options
    this.#limit = shared.limit
    this.#cycles = shared.cycles
    this.#timers = shared.timers
  }

  get uid(): string {
    return this.#node.uid
  }

  /** The current state, for /statusz. */
  report(): NodeReport {
    const { name } = this.#node
    const last = this.scraped ? { endedAtMs: this.#endedAtMs, tookMs: this.#tookMs } : undefined
    return { name, last, source: this.#source, failures: this.failures, failure: this.#failure }
  }

  /** The Node has changed. A node that failed is scraped at once when its addresses, port or path are new. */
  update(node: NodeRecord): void {
    const moved = whereabouts(node) !== whereabouts(this.#node)
    this.#node = node
    if (!moved || this.failures === 0 || this.#timer === undefined) return
    this.#timer.cancel()
    this.start()
  }

  start(): void {
    this.#timer = undefined
    void this.#limit.run(() => this.#scrape())
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Never rejects. */
  async #scrape(): Promise<void> {
    if (this.#stopped) return
    const { clock, kubelet, observer, log } = this.#options
    const begin = clock.monotonicMs()
    const isExtra = this.#isExtra
    if (isExtra) this.#extraAtMs = begin
    else this.#ordinaryAtMs = begin
    this.#isExtra = false
    const storageTurns = isExtra ? undefined : this.#dueStorage(begin)
    const isApart = storageTurns?.isApart === true
    let dueMs: number
    let failure: ScrapeFailure | undefined
    try {
      const scrape = await kubelet.scrape(this.#node, storageTurns !== undefined && !isApart)
      if (this.#stopped) return
      if (scrape.wholeSummary === true) this.#gotStorage(begin, true)
      else if (!isApart) storageTurns?.failed(begin)
      this.#reportLeftOut(scrape.sample.leftOut)
      dueMs = this.#succeeded(
        this.#options.store.put(this.#node.name, scrape, { capacity: this.#node.capacity, isExtra }),
      )
      this.#source = scrape.sample.source
      this.pods = scrape.sample.pods.length
      this.#failure = undefined
    } catch (error) {
      if (this.#stopped) return
      failure = causeOf(error)
      if (!isApart) storageTurns?.failed(begin)
      dueMs = this.#failed(error)
      this.#failure = { sinceMs: this.#failure?.sinceMs ?? begin, cause: failure, message: messageOf(error) }
    }
    const durationMs = clock.monotonicMs() - begin
    this.scraped = true
    this.#endedAtMs = begin + durationMs
    this.#tookMs = durationMs
    this.#cycles.end(durationMs)
    observer.scraped(this.#node.name, durationMs / 1000, failure)
    log.verbose(4, 'Scraped node', () => this.#scrapeFields(durationMs))
    if (isApart && failure === undefined) await this.#scrapeStorage(begin)
    if (this.#stopped) return
    this.#timer = this.#timers.at(dueMs, () => this.start())
  }

  /** The turns of storage where it is due and the node gives Summaries; a node that fails is asked for no more than it must. */
  #dueStorage(beginMs: number): StorageTurns | undefined {
    const isAnswering = this.failures === 0 && this.#source === 'summary'
    return isAnswering && this.#storageTurns?.isDue(beginMs) === true ? this.#storageTurns : undefined
  }

  /** Scrapes the whole Summary for its storage alone, in what the ordinary scrape left of a request's time. Never rejects. */
  async #scrapeStorage(beginMs: number): Promise<void> {
    const { clock, kubelet, store, faults, storage } = this.#options
    const { name } = this.#node
    const from = clock.monotonicMs()
    const timeoutMs = beginMs + (storage?.requestTimeoutMs ?? 0) - from
    try {
      const scrape = await kubelet.scrapeWhole(this.#node, Math.max(1, timeoutMs))
      if (this.#stopped) return
      store.putStorage(name, scrape)
      this.#gotStorage(beginMs, clock.monotonicMs() - from <= PROMPT_MS)
    } catch (error) {
      if (this.#stopped) return
      this.#storageTurns?.failed(beginMs)
      faults.report(
        storageKey(name),
        'Failed to get the whole Summary of a node; its ephemeral storage is not known, CPU and memory are served as before',
        failureFields(name, error),
      )
    }
  }

  #gotStorage(beginMs: number, isPrompt: boolean): void {
    this.#storageTurns?.succeeded(beginMs, isPrompt)
    this.#options.faults.resolve(storageKey(this.#node.name))
  }

  #scrapeFields(durationMs: number): LogFields {
    const { name } = this.#node
    const answer =
      this.#failure === undefined ? { pods: this.pods, source: this.#source } : { cause: this.#failure.cause }
    return { node: name, ...answer, durationMs: Math.round(durationMs) }
  }

  /** When to scrape again. */
  #succeeded(result: PutResult): number {
    const { clock, faults, resolutionMs } = this.#options
    const now = clock.monotonicMs()
    const isFirst = this.#firstAnswerAtMs === undefined
    this.#firstAnswerAtMs ??= now
    this.#answeredAtMs = now
    const isLate = now - this.#firstAnswerAtMs >= WAITED_RESOLUTIONS * resolutionMs
    this.warmedUp ||= isLate || (result.node && (!isFirst || result.anotherMs === undefined))
    this.failures = 0
    faults.resolve(faultKey(this.#node.name))
    this.#reportOdd(result)
    const earliest = Math.max(now, this.#ordinaryAtMs + LEAST_SHARE * resolutionMs)
    const ordinary = nextAt(this.#phaseMs, resolutionMs, earliest)
    if (result.anotherMs === undefined) return ordinary
    const extra = Math.max(now + result.anotherMs, this.#extraAtMs + BETWEEN_EXTRAS_SHARE * resolutionMs)
    if (extra > ordinary - NEAR_ORDINARY_MS) return ordinary
    this.#isExtra = true
    return extra
  }

  /** Reports pods that the decoder left out of a response. */
  #reportLeftOut(leftOut: LeftOut | undefined): void {
    const { name } = this.#node
    this.#reportWhile(
      leftOut !== undefined,
      leftOutKey(name),
      'Left out pods that a kubelet reports in a way that cannot be true; its own log may say more',
      () => ({ err: leftOut?.reason, node: name, pods: leftOut?.count, example: leftOut?.example }),
    )
  }

  /** When to scrape again. */
  #failed(error: unknown): number {
    const { clock, faults, store, resolutionMs, retentionMs } = this.#options
    this.failures++
    this.warmedUp = true
    store.dropExpired(this.#node.name)
    faults.report(faultKey(this.#node.name), 'Failed to scrape node', failureFields(this.#node.name, error))
    return retryAt({
      nowMs: clock.monotonicMs(),
      phaseMs: this.#phaseMs,
      resolutionMs,
      failures: this.failures,
      retainedUntilMs: this.#answeredAtMs + retentionMs,
    })
  }

  /** Reports rejected samples, and pods that another node reports too. */
  #reportOdd({ rejected, contested }: PutResult): void {
    const { observer } = this.#options
    const { name } = this.#node
    for (const [reason, count] of rejected.counts) observer.rejected(reason, count)
    this.#reportWhile(
      rejected.counts.size > 0,
      rejectedKey(name),
      'Rejected samples that contradict earlier ones or are more than the capacity of the node; what was served before stays for --sample-retention',
      () => ({ node: name, samples: rejected.examples }),
    )
    this.#reportWhile(
      contested !== undefined,
      contestedKey(name),
      'Two nodes report the same pod; the one that has reported it for longer is served',
      () => ({ node: name, ...contested }),
    )
  }

  #reportWhile(is: boolean, key: string, message: string, fields: () => LogFields): void {
    const { clock, faults } = this.#options
    const now = clock.monotonicMs()
    if (is) {
      this.#oddSinceMs.set(key, now)
      faults.report(key, message, fields())
    } else if (now - (this.#oddSinceMs.get(key) ?? now) > QUIET_MS) {
      this.#oddSinceMs.delete(key)
      faults.resolve(key)
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A failed scrape for the log: what happened, where, and the fix. */
function failureFields(node: string, error: unknown): LogFields {
  if (!isScrapeFault(error)) return { err: error, node }
  const { what, address, remedy, reason } = error
  return { err: what, node, address: address === '' ? undefined : address, cause: reason, fix: remedy }
}

const isScrapeFault = (error: unknown): error is Error & ScrapeFault =>
  error instanceof Error && 'remedy' in error && 'what' in error && 'address' in error

/** The cause that an error of the kubelet folder names; any other error is a fault of this server. */
function causeOf(error: unknown): ScrapeFailure {
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined
  return SCRAPE_FAILURES.find((failure) => failure === reason) ?? 'internal'
}

function whereabouts(node: NodeRecord): string {
  return JSON.stringify([node.addresses, node.kubeletPort, node.resourceMetricsPath])
}
