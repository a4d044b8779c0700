import type { Clock } from '../model/clock.ts'
import type { NodeCapacity, NodeRecord } from '../model/cluster-objects.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { RejectionReason, Scrape } from '../model/sample.ts'
import type { ScrapeFailure } from '../model/scrape-failure.ts'

/** One node's kubelet, asked once. Rejections carry a one-line message that begins with the node: what is wrong and the fix. */
export interface Kubelet {
  scrape(node: NodeRecord): Promise<Scrape>
  forget(nodeName: string): void
}

/** What a scrape brought. */
export interface PutResult {
  /** The node itself can be served, or its kubelet says nothing of it. */
  readonly node: boolean
  /** In how many milliseconds another scrape would make a pod whole; `undefined` when the next ordinary one will do. */
  readonly anotherMs: number | undefined
  /** Samples that were left out, by reason, and the first few of them for people. */
  readonly rejected: { readonly counts: ReadonlyMap<RejectionReason, number>; readonly examples: readonly string[] }
  /** A pod that another node reports too, and has done so for longer. */
  readonly contested: { readonly pod: string; readonly otherNode: string } | undefined
}

export interface SampleStore {
  /** `isExtra`: the scrape did not come in its turn, but for the sake of one pod. */
  put(
    nodeName: string,
    scrape: Scrape,
    options: { readonly capacity: NodeCapacity | undefined; readonly isExtra: boolean },
  ): PutResult
  forget(nodeName: string): void
  dropExpired(nodeName: string): void
}

export interface ScrapeObserver {
  /** A scrape ended after `seconds`; `failure` is `undefined` when it did not fail. */
  asked(node: string, seconds: number, failure: ScrapeFailure | undefined): void
  forget(node: string): void
  /** So many samples of an answer were left out for this reason. */
  rejected(reason: RejectionReason, count: number): void
  /** A resolution has passed, and its slowest request took `seconds`. */
  round(seconds: number): void
}

export interface ScraperOptions {
  readonly kubelet: Kubelet
  readonly store: SampleStore
  readonly observer: ScrapeObserver
  readonly faults: FaultLog
  readonly log: Logger
  readonly clock: Clock
  readonly resolutionMs: number
  readonly retentionMs: number
  /** How many requests may begin at once. */
  readonly concurrency: number
}

/** What a node's faults are reported under. */
export function faultKey(nodeName: string): string {
  return `node/${nodeName}`
}

/** What the samples of a node that were left out are reported under. */
export function rejectedKey(nodeName: string): string {
  return `samples/${nodeName}`
}

/** What pods of a node that another one claims are reported under. */
export function contestedKey(nodeName: string): string {
  return `claims/${nodeName}`
}

/** What is reported of a node that answers with pods that make no sense. */
export function leftOutKey(nodeName: string): string {
  return `${faultKey(nodeName)}/left-out`
}
