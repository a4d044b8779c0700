import { randomUUID } from 'node:crypto'
import { type Api, createApi } from '../api/app.ts'
import type { VersionInfo } from '../api/options.ts'
import { createAuthenticator } from '../auth/authenticator.ts'
import { createAuthorizer } from '../auth/authorizer.ts'
import { createClientCertificateVerifier } from '../auth/client-certificates.ts'
import { createFrontProxyCheck } from '../auth/front-proxy.ts'
import { createAccessReviewer, createTokenReviewer } from '../cluster/reviews.ts'
import { UnusableError } from '../files/text-file.ts'
import type { Clock } from '../model/clock.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { Coverage } from '../model/usage.ts'
import type { EffectiveFlag } from '../options/flags.ts'
import type { Options } from '../options/options.ts'
import type { ServerMetrics } from '../telemetry/metrics/server-metrics.ts'
import { tlsServerOptions } from '../tls/tls-server-options.ts'
import type { Certificates } from './certificates.ts'
import { createHealthChecks } from './health-checks.ts'
import type { OpenCluster } from './open-cluster.ts'
import type { Pipeline } from './pipeline.ts'
import { createStatus } from './status.ts'

interface ApiParts {
  readonly options: Options
  readonly certificates: Certificates
  readonly cluster: OpenCluster
  readonly pipeline: Pipeline
  readonly coverage: () => Coverage
  readonly metrics: ServerMetrics
  readonly version: string
  /** Every flag with its effective value. */
  flags(): readonly EffectiveFlag[]
  readonly clock: Clock
  readonly faults: FaultLog
  readonly log: Logger
}

/** The API with its certificate, both following what changes on disk and in the cluster. */
interface ServingApi {
  readonly api: Api
  start(): Promise<{ readonly port: number }>
  stop(): Promise<void>
}

export async function createServingApi(parts: ApiParts): Promise<ServingApi> {
  const { options, certificates, cluster, pipeline, coverage, metrics, version, clock, faults, log } = parts
  const { serving } = options
  const { serving: certificate, sni } = certificates
  const material = () => {
    const current = certificate.current()
    const named = serving.sniCertKeys.length > 0 && { choose: (name: string) => sni.choose(name, current) }
    return { cert: current.certPem, key: current.keyPem, ca: cluster.trust.caPem(), ...named }
  }
  const api = createApi({
    nodes: cluster.nodes,
    pods: cluster.pods,
    usage: pipeline.store,
    ...createAccess(parts),
    checks: createHealthChecks({
      nodesSynced: () => cluster.nodes.synced(),
      podsSynced: () => cluster.pods.synced(),
      trustSynced: () => cluster.trustSynced(),
      scrapes: () => pipeline.scraper.state(),
      servedNodes: () => pipeline.store.servedNodes(),
      timely: () => pipeline.scraper.timely(),
    }),
    metrics: metrics.registry,
    ...(await openResourceMetrics(parts)),
    requestMetrics: metrics.requests,
    ephemeralStorage: options.storageResolutionMs !== undefined,
    status: createStatus({ pipeline, coverage, flags: parts.flags, clock }),
    freshness: (ageSeconds) => metrics.freshness.observe(ageSeconds),
    log,
    faults,
    clock,
    newId: randomUUID,
    version: versionInfo(version),
    limits: { requestTimeoutMs: serving.requestTimeoutMs, maxRequestsInflight: serving.maxRequestsInflight },
    tls: {
      ...material(),
      protocol: tlsServerOptions(serving),
      http2: serving.http2,
      http2MaxStreams: serving.http2MaxStreams,
    },
    bindAddress: serving.bindAddress ?? '',
    port: serving.port,
    reusePort: serving.reusePort,
  })
  const renew = () => api.setSecureContext(material())
  for (const changing of [certificate, sni, cluster.trust]) changing.onChange(renew)
  return {
    api,
    start: () => api.listen().catch((error: unknown) => raiseListenError(error, serving)),
    stop: () => api.close(),
  }
}

/** What keeps the server from listening, with the flags that say where. */
function raiseListenError(cause: unknown, { bindAddress, port }: Options['serving']): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const problems = new Map<unknown, string>([
    [
      'EADDRINUSE',
      `the port ${port} (--secure-port) is in use by another process (EADDRINUSE); with hostNetwork, 10250 is the port of the node's kubelet: give another, such as --secure-port=4443`,
    ],
    [
      'EADDRNOTAVAIL',
      `the address ${bindAddress} (--bind-address) is not an address of this machine (EADDRNOTAVAIL): give one that is, or leave the flag out`,
    ],
    [
      'EACCES',
      `the port ${port} (--secure-port) needs the capability NET_BIND_SERVICE (EACCES): give one of 1024 or more, such as --secure-port=4443`,
    ],
  ])
  const problem = problems.get(code)
  throw problem === undefined ? cause : new UnusableError(problem, { cause })
}

/** Nothing, unless its flag is set. */
async function openResourceMetrics({ options, cluster, pipeline, metrics }: ApiParts) {
  if (!options.exposeResourceMetrics) return {}
  const { createResourceMetrics } = await import('../telemetry/metrics/resource-metrics.ts')
  const nodes = () => cluster.nodes.all().map(({ name }) => name)
  return {
    resourceMetrics: createResourceMetrics({
      source: pipeline.store,
      nodes,
      contentType: metrics.registry.contentType,
      hasStorage: options.storageResolutionMs !== undefined,
    }),
  }
}

/** Who sends a request, and whether they may. */
function createAccess({ options, cluster, metrics, clock, faults, log }: ApiParts) {
  const { authentication, authorization } = options
  const verifyCertificate = createClientCertificateVerifier(cluster.trust)
  return {
    authenticate: createAuthenticator({
      trust: cluster.trust,
      verifyCertificate,
      reviewToken: createTokenReviewer({ client: cluster.authentication }),
      tokenTtlMs: authentication.tokenCacheTtlMs,
      clock,
      faults,
      log,
      observer: metrics.access,
    }),
    isFrontProxy: createFrontProxyCheck(cluster.trust, verifyCertificate, clock),
    authorize: createAuthorizer({
      review: createAccessReviewer({ client: cluster.authorization }),
      alwaysAllowPaths: authorization.alwaysAllowPaths,
      authorizedTtlMs: authorization.authorizedTtlMs,
      unauthorizedTtlMs: authorization.unauthorizedTtlMs,
      clock,
      faults,
      observer: metrics.access,
    }),
  }
}

const GO_ARCHITECTURES = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
])

/** What /version says, from the package's version ("1.2.3") and the runtime. */
function versionInfo(version: string): VersionInfo {
  const [major = '', minor = ''] = version.split('.')
  return {
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node ${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${GO_ARCHITECTURES.get(process.arch) ?? process.arch}`,
  }
}
