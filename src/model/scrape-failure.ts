/**
 * Why a node could not be scraped, one word each: the label `cause` of metrics and the `reason` of the kubelet's errors.
 * `internal` is a fault of this server.
 */
export const SCRAPE_FAILURES = [
  'no-address',
  'connection',
  'timeout',
  'tls',
  'unauthorized',
  'forbidden',
  'not-found',
  'http-status',
  'too-large',
  'malformed',
  'scrape-error',
  'other-node',
  'closed',
  'internal',
] as const

export type ScrapeFailure = (typeof SCRAPE_FAILURES)[number]

/** What an error of a scrape says beside its message, for the log. */
export interface ScrapeFault {
  readonly reason: ScrapeFailure
  /** What happened, on one line, without node and address. */
  readonly what: string
  /** The address that it is about, with its port; empty when there was none. */
  readonly address: string
  /** How to fix it: a flag, a kubelet setting, an RBAC rule. */
  readonly remedy: string
}
