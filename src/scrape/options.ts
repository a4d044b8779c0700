import type { Clock } from '../model/clock.ts'
import type { NodeRecord } from '../model/cluster-objects.ts'
import type { FaultLog } from '../model/log.ts'
import type { Scrape } from '../model/sample.ts'

/** One node's kubelet, asked once. Rejections carry a one-line message that begins with the node: what is wrong, what mends it. */
export interface Kubelet {
  scrape(node: NodeRecord): Promise<Scrape>
  forget(nodeName: string): void
}

export interface SampleStore {
  put(nodeName: string, scrape: Scrape): { readonly node: boolean; readonly podsWaiting: number }
  forget(nodeName: string): void
  dropExpired(nodeName: string): void
}

export interface ScrapeObserver {
  /** A request ended after `seconds`; `failure` is a word for its cause, `undefined` when it did not fail. */
  asked(node: string, seconds: number, failure: string | undefined): void
  forget(node: string): void
  /** A resolution has passed, and its slowest request took `seconds`. */
  round(seconds: number): void
}

export interface ScraperOptions {
  readonly kubelet: Kubelet
  readonly store: SampleStore
  readonly observer: ScrapeObserver
  readonly faults: FaultLog
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

/** What is reported of a node that answers with pods that make no sense. */
export function leftOutKey(nodeName: string): string {
  return `${faultKey(nodeName)}/left-out`
}
