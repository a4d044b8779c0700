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
