import type { NodeSample } from '../model/sample.ts'
import type { ScrapeFailure } from '../model/scrape-failure.ts'

/** What came of asking one node. Times `…AtMs` and `sinceMs` are of the monotonic clock. */
export interface NodeReport {
  readonly name: string
  /** The last request, whatever came of it; `undefined` before the first has ended. */
  readonly last: { readonly endedAtMs: number; readonly tookMs: number } | undefined
  /** What the last answer was; `undefined` before the first. */
  readonly source: NodeSample['source'] | undefined
  /** In a row, 0 when the last request succeeded. */
  readonly failures: number
  readonly failure: NodeFailure | undefined
}

/** Why a node's last request failed. */
export interface NodeFailure {
  /** When the first of the failures in a row began. */
  readonly sinceMs: number
  readonly cause: ScrapeFailure
  /** One line that begins with the node. No credential is in it. */
  readonly message: string
}
