import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { NodeCache } from '../cluster/node-cache.ts'
import { createKubeletClient } from '../kubelet/client/kubelet-client.ts'
import type { Clock } from '../model/clock.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { Options } from '../options/options.ts'
import type { ScrapeObserver } from '../scrape/node-loop.ts'
import { Scraper } from '../scrape/scraper.ts'
import type { Store } from '../store/store.ts'
import type { Certificates } from './certificates.ts'
import { kubeletClientOptions, warnOfForbiddenSummary } from './kubelet-access.ts'

/** Scrapes that may start at the same time: a handshake costs CPU, waiting for a slow node does not. */
const CONCURRENCY = 64

export interface PipelineParts {
  readonly options: Options
  readonly access: ApiserverCredentials
  readonly certificates: Pick<Certificates, 'kubelet' | 'serving' | 'sni'>
  readonly nodes: NodeCache
  readonly store: Store
  readonly observer: ScrapeObserver
  readonly clock: Clock
  readonly faults: FaultLog
  readonly log: Logger
}

/** From the kubelets to the store. */
export interface Pipeline {
  readonly store: Store
  readonly scraper: Scraper
  /** Scrapes every node of the index from now on, present and future ones. */
  start(): void
  stop(): Promise<void>
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { options, access, certificates, nodes, store, observer, clock, faults } = parts
  const { kubelet: kubeletAccess, serving, sni } = certificates
  const { metricResolutionMs: resolutionMs, sampleRetentionMs: retentionMs, storageResolutionMs } = options
  const kubelet = createKubeletClient(
    kubeletClientOptions(options.kubelet, access, {
      tls: kubeletAccess.current(),
      clock,
      // A node that fails may be scraped again only after the retention, over the same connection.
      keepAliveMs: retentionMs + resolutionMs,
      readsPressure: options.exposeResourceMetrics,
      isOwnCertificate: ({ raw }) =>
        [serving.current(), ...sni.all().map(({ pair }) => pair)].some(({ leaf }) => leaf.raw.equals(raw)),
      onSummaryForbidden: warnOfForbiddenSummary(faults),
    }),
  )
  const scraper = new Scraper({
    kubelet,
    store,
    observer,
    faults,
    log: parts.log,
    clock,
    resolutionMs,
    retentionMs,
    storage: storageResolutionMs
      ? { resolutionMs: storageResolutionMs, requestTimeoutMs: options.kubelet.requestTimeoutMs }
      : undefined,
    concurrency: CONCURRENCY,
  })
  return {
    store,
    scraper,
    start() {
      kubeletAccess.onChange(() => kubelet.setTls(kubeletAccess.current()))
      nodes.onChange(({ added, removed, replaced }) => {
        if (removed !== undefined) scraper.remove(removed.name)
        const node = added ?? replaced?.after
        if (node !== undefined) scraper.upsert(node)
      })
      for (const node of nodes.all()) scraper.upsert(node)
    },
    async stop() {
      scraper.stop()
      await kubelet.close()
    },
  }
}
