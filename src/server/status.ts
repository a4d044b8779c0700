import { hostname } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { NodeStatus, StatusSource } from '../api/options.ts'
import type { Clock } from '../model/clock.ts'
import type { Coverage } from '../model/usage.ts'
import type { EffectiveFlag } from '../options/flags.ts'
import type { NodeReport } from '../scrape/node-loop.ts'
import type { Scraper } from '../scrape/scraper.ts'
import type { Store } from '../store/store.ts'

export interface StatusParts {
  readonly pipeline: { readonly scraper: Pick<Scraper, 'reports'>; readonly store: Pick<Store, 'nodeStatus'> }
  readonly coverage: () => Coverage
  readonly flags: () => readonly EffectiveFlag[]
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** What the pages for people show: put together of what the scraper and the store know when somebody looks. */
export function createStatus({ pipeline, coverage, flags, clock }: StatusParts): StatusSource {
  const { scraper, store } = pipeline
  return {
    hostName: hostname(),
    startedAtMs: performance.timeOrigin,
    coverage,
    flags,
    nodes() {
      const nowMs = clock.monotonicMs()
      return scraper.reports().map((report) => statusOf(report, store.nodeStatus(report.name), nowMs))
    },
  }
}

function statusOf(report: NodeReport, stored: ReturnType<Store['nodeStatus']>, nowMs: number): NodeStatus {
  const { name, last, source, failures, failure } = report
  return {
    name,
    scrapedAgoMs: last && nowMs - last.endedAtMs,
    tookMs: last?.tookMs,
    source,
    sampledAtMs: stored?.timestampMs,
    pods: stored?.pods ?? { reported: 0, served: 0 },
    failure: failure && {
      cause: failure.cause,
      message: failure.message,
      forMs: nowMs - failure.sinceMs,
      times: failures,
    },
  }
}
