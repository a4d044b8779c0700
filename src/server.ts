import { openCertificates } from './server/certificates.ts'
import { createCoverage } from './server/coverage.ts'
import { openCluster } from './server/open-cluster.ts'
import { createPipeline } from './server/pipeline.ts'
import { createServingApi } from './server/serving-api.ts'
import { type Clock, createSystemClock } from './model/clock.ts'
import { createFollower } from './files/follower.ts'
import type { Logger } from './model/log.ts'
import type { EffectiveFlag } from './options/flags.ts'
import type { Options } from './options/options.ts'
import type { Running } from './program.ts'
import { Store } from './store/store.ts'
import { watchCertificateExpiry } from './telemetry/certificate-expiry.ts'
import { createFaultLog } from './telemetry/logging/fault-log.ts'
import { createLogger } from './telemetry/logging/logger.ts'
import { createServerMetrics, registerClusterMetrics } from './telemetry/metrics/server-metrics.ts'

/** What the process hands to the composition. */
export interface StartParts {
  readonly log: Logger
  readonly version: string
  /** Every flag with its effective value, for people. */
  flags(): readonly EffectiveFlag[]
  /** The environment: where the apiserver is, inside a cluster. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called with the number of nodes whenever it changes: the engine has other settings for large clusters. */
  onClusterSize(nodes: number): void
}

const STORAGE_RETENTION_RESOLUTIONS = 3

const storageRetentionMs = ({ storageResolutionMs }: Options): number | undefined =>
  storageResolutionMs && STORAGE_RETENTION_RESOLUTIONS * storageResolutionMs

/** Opens the log that the options ask for; `write` takes whole lines. */
export function openLog(options: Options, write: (line: string) => void, pid: number): Logger {
  return createLogger({ ...options.logging, write, clock: createSystemClock(), pid })
}

/**
 * Puts all modules together and starts them: reads credentials and certificates, listens, and follows the cluster. Rejects
 * when the flags' files cannot be used or the address cannot be had; an apiserver that is away is waited for.
 */
export async function start(options: Options, given: StartParts): Promise<Running> {
  const { log, version, flags, env } = given
  const clock = createSystemClock()
  const faults = createFaultLog({ logger: log, clock })
  const { metricResolutionMs: resolutionMs, sampleRetentionMs: retentionMs } = options
  const metrics = createServerMetrics({ clock, version, resolutionMs })
  const follower = createFollower({ clock, faults, log })
  const userAgent = `metrics-server/v${version}`
  const context = { clock, faults, follower, log, env, userAgent, observer: metrics.restClient }
  const cluster = await openCluster(options, context)
  const certificates = await openCertificates({ options, cluster, follower, clock, log })
  const { nodes, pods, access } = cluster
  const store = new Store({
    clock,
    resolutionMs,
    retentionMs,
    storageRetentionMs: storageRetentionMs(options),
    keepsPressure: options.exposeResourceMetrics,
  })
  const coverage = createCoverage({ nodes, pods, store, clock })
  const inUse = () => certificates.inUse()
  registerClusterMetrics(metrics.registry, { storagePoints: () => store.points(), coverage, certificates: inUse })
  const observer = metrics.scrapes
  const pipeline = createPipeline({ options, access, certificates, nodes, store, observer, clock, faults, log })
  const parts = {
    options,
    certificates,
    cluster,
    pipeline,
    coverage,
    metrics,
    version,
    flags,
    clock,
    faults,
    log,
  }
  const serving = await createServingApi(parts)
  const expiry = watchCertificateExpiry({ certificates: inUse, clock, log })

  let size = 0
  nodes.onChange(() => {
    if (nodes.size === size) return
    size = nodes.size
    given.onClusterSize(size)
  })
  follower.start()
  expiry.start()
  pipeline.start()
  cluster.start()
  const { port } = await serving.start()
  log.info('Serving securely', { address: options.serving.bindAddress ?? '::', port })
  return {
    async stop() {
      serving.api.beginShutdown()
      await pause(clock, options.serving.shutdownDelayMs)
      await serving.stop()
      await pipeline.stop()
      follower.stop()
      expiry.stop()
      await cluster.stop()
    },
  }
}

const pause = (clock: Clock, ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
