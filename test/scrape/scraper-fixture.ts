import { beforeEach } from 'vitest'
import type { NodeRecord } from '../../src/model/cluster-objects.ts'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import type { Scrape } from '../../src/model/sample.ts'
import type { PutResult } from '../../src/store/store.ts'
import { Scraper } from '../../src/scrape/scraper.ts'
import type { LogFields } from '../../src/model/log.ts'
import { errorText } from '../../src/telemetry/logging/error-text.ts'
import { createRecordingLog, type RecordedLine, type RecordingLog } from '../support/recording-log.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { scrape } from '../support/samples.ts'

export const RESOLUTION = 15_000
const REQUEST_TIMEOUT = 10_000

export const node = (name: string, uid = name, address = '10.0.0.1'): NodeRecord => ({
  name,
  uid,
  labels: NO_LABELS,
  addresses: [{ type: 'InternalIP', address }],
  kubeletPort: 10250,
  resourceMetricsPath: undefined,
})

export const failing = (reason: string) => Object.assign(new Error(`node is bad: ${reason}`), { reason })

/** Everything in it was served. */
export const PLAIN: PutResult = {
  node: true,
  anotherMs: undefined,
  rejected: { counts: new Map(), examples: [] },
  contested: undefined,
}

/** What scrapers do and tell, from nothing for each test of the file. */
export interface ScraperFixture {
  clock: ManualClock
  scraped: { node: string; atMs: number; isWholeWanted: boolean }[]
  /** The requests for a whole Summary alone. */
  scrapedWhole: { node: string; atMs: number }[]
  /** How long each of these might take. */
  wholeTimeouts: number[]
  observed: { node: string; failure: string | undefined }[]
  /** "key: message: err", and "key: resolved". */
  faults: string[]
  /** The same with their fields. */
  reported: RecordedLine[]
  log: RecordingLog
  forgotten: string[]
  cycles: number[]
  dropped: string[]
  /** What the next request to a node comes to; an answer at once when not set. */
  behave(node: string, isWholeWanted: boolean): Promise<Scrape>
  /** What a request for the whole Summary alone comes to. */
  behaveWhole(node: string): Promise<Scrape>
  /** The nodes whose storage was put apart. */
  storedApart: string[]
  /** How often storage is scraped; never when not set. */
  storageResolutionMs: number | undefined
  /** What the store makes of an answer. */
  stored: PutResult
  /** Samples that were left out, as the observer saw it. */
  rejected: string[]
  answer(): Promise<Scrape>
  /** When this node was asked. */
  times(name: string): number[]
  createScraper(concurrency?: number): Scraper
}

const causeOf = (fields: LogFields | undefined): string =>
  fields?.err === undefined ? '' : `: ${errorText(fields.err)}`

function scraperOf(at: ScraperFixture, concurrency: number): Scraper {
  return new Scraper({
    clock: at.clock,
    log: at.log,
    resolutionMs: RESOLUTION,
    retentionMs: 3 * RESOLUTION,
    storage: at.storageResolutionMs
      ? { resolutionMs: at.storageResolutionMs, requestTimeoutMs: REQUEST_TIMEOUT }
      : undefined,
    concurrency,
    kubelet: {
      scrape(record, isWholeWanted = false) {
        at.scraped.push({ node: record.name, atMs: at.clock.monotonicMs(), isWholeWanted })
        return at.behave(record.name, isWholeWanted)
      },
      scrapeWhole(record, timeoutMs) {
        at.wholeTimeouts.push(timeoutMs)
        at.scrapedWhole.push({ node: record.name, atMs: at.clock.monotonicMs() })
        return at.behaveWhole(record.name)
      },
      forget: (name) => void at.forgotten.push(`kubelet ${name}`),
    },
    store: {
      put: () => at.stored,
      putStorage: (name) => void at.storedApart.push(name),
      forget: (name) => void at.forgotten.push(`store ${name}`),
      dropExpired: (name) => void at.dropped.push(name),
    },
    observer: {
      scraped: (name, _seconds, failure) => void at.observed.push({ node: name, failure }),
      rejected: (reason, count) => void at.rejected.push(`${reason} ${count}`),
      forget: (name) => void at.forgotten.push(`observer ${name}`),
      cycleEnded: (seconds) => void at.cycles.push(seconds),
    },
    faults: {
      report(key, message, fields) {
        at.faults.push(`${key}: ${message}${causeOf(fields)}`)
        at.reported.push({ message, fields })
      },
      resolve: (key) => void at.faults.push(`${key}: resolved`),
      forget: () => {},
    },
  })
}

export function useScraper(): ScraperFixture {
  const at = {
    answer: () => Promise.resolve(scrape({ wallMs: at.clock.wallMs(), monotonicMs: at.clock.monotonicMs() }, {})),
    times: (name) => at.scraped.filter((a) => a.node === name).map((a) => a.atMs),
    createScraper: (concurrency = 100) => scraperOf(at, concurrency),
  } as ScraperFixture
  beforeEach(() => {
    at.clock = createManualClock({ monotonicMs: 0 })
    at.scraped = []
    at.scrapedWhole = []
    at.wholeTimeouts = []
    at.storedApart = []
    at.storageResolutionMs = undefined
    at.observed = []
    at.faults = []
    at.reported = []
    at.log = createRecordingLog()
    at.forgotten = []
    at.cycles = []
    at.dropped = []
    at.behave = at.answer
    at.behaveWhole = at.answer
    at.stored = PLAIN
    at.rejected = []
  })
  return at
}
