import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyServerFactory } from 'fastify'
import type { PodRecord } from '../model/cluster-objects.ts'
import { createMetricsEncoder } from './encoding/metrics-encoder.ts'
import { addAuthentication } from './hooks/authentication.ts'
import { addAuthorization } from './hooks/authorization.ts'
import { addDeadline, addHeadChecks, addRequestContext, auditId } from './hooks/request-context.ts'
import { addErrorHandler } from './hooks/errors.ts'
import { addInFlightLimit } from './hooks/in-flight-limit.ts'
import { addGoneCheck, addReplyHeaders, addSending } from './hooks/sending.ts'
import { addRequestLog, addRequestMetrics } from './hooks/instrumentation.ts'
import { createListChunkCache } from './lists/chunk-cache.ts'
import { createOpenApi } from './openapi/openapi.ts'
import type { ApiOptions, TlsMaterial } from './options.ts'
import { rewriteForRouter } from './request/request-target.ts'
import type { FreshnessObserver } from './resources/lister.ts'
import { createNodeResource, nodeWatch } from './resources/nodes.ts'
import { createPodResource } from './resources/pods.ts'
import { createDiscovery, discoveryRoutes, pathIndex } from './routes/discovery.ts'
import { metricsApiRoutes } from './routes/metrics-api.ts'
import { metricsRoute, resourceMetricsRoute } from './routes/metrics.ts'
import { openApiRoutes } from './routes/openapi.ts'
import { pageRoutes } from './routes/pages.ts'
import { createProbes, probeRoutes, withOwnChecks } from './routes/probes.ts'
import { type Bounds, boundsOf } from './server/bounds.ts'
import { type Connections, createConnections } from './server/connections.ts'
import { guardHandshakes } from './server/handshake-guard.ts'
import { createClientErrorHandler, createHttpsServer, type RenewableServer } from './server/https-server.ts'

/** The HTTP side of the server: metrics.k8s.io, discovery, OpenAPI, probes, /metrics. */
export interface Api {
  /** For injecting requests in tests; everything else goes through the functions below. */
  readonly server: FastifyInstance
  /** Begins to accept connections. Rejects when the address cannot be had. */
  listen(): Promise<{ readonly port: number }>
  /** Serves new connections with another certificate, or accepts other authorities; those that are open stay. */
  setSecureContext(tls: TlsMaterial): void
  /**
   * Fails /readyz from now on and serves on; clients of HTTP/1.1 are sent `Connection: close`, and their next
   * connection goes elsewhere: one that is still idle at the end is closed, and may have a request on its way by then.
   */
  beginShutdown(): void
  /** Accepts nothing new, sends GOAWAY, lets requests in flight finish for a bounded time, and ends. */
  close(): Promise<void>
}

/** State that the parts share: whether the server is on its way out. */
interface Lifecycle {
  shuttingDown: boolean
  port: number
}

interface AppParts {
  readonly bounds: Bounds
  readonly connections: Connections
  readonly lifecycle: Lifecycle
}

/** What a request passes on its way to its route, in this order, and what an answer passes on its way out. */
function addHooks(app: FastifyInstance, options: ApiOptions, { bounds, connections, lifecycle }: AppParts): void {
  const { requestMetrics, authenticate, authorize, clock, faults, log } = options
  const { requestTimeoutMs } = bounds
  addHeadChecks(app, { bounds, connections })
  addRequestContext(app, clock)
  addGoneCheck(app)
  addDeadline(app, clock, requestTimeoutMs)
  addAuthentication(app, { authenticate, faults, connections })
  // In the Go server impersonation comes before this bound; here its reviews are bounded too.
  addInFlightLimit(app, bounds, requestMetrics)
  addAuthorization(app, authorize)
  addReplyHeaders(app, { connections, isClosing: () => lifecycle.shuttingDown })
  addRequestMetrics(app, requestMetrics, clock)
  addRequestLog(app, log, clock)
  addSending(app, { clock, requestTimeoutMs, connections, log })
  addErrorHandler(app, log)
}

function createResources({ nodes, pods, usage, clock, ephemeralStorage, freshness: observe }: ApiOptions) {
  const encoder = createMetricsEncoder(ephemeralStorage)
  const freshness: FreshnessObserver = {
    served(timestampsMs) {
      const nowMs = clock.wallMs()
      for (const timestampMs of timestampsMs) {
        if (!Number.isNaN(timestampMs)) observe((nowMs - timestampMs) / 1000)
      }
    },
  }
  const nodeChunks = createListChunkCache(nodeWatch(usage), clock)
  const podChunks = createListChunkCache((records: readonly PodRecord[]) => usage.watchPods(records), clock)
  return {
    nodes: createNodeResource({ nodes, usage, encoder: encoder.nodes, chunks: nodeChunks, freshness, clock }),
    pods: createPodResource({ pods, usage, encoder: encoder.pods, chunks: podChunks, freshness, clock }),
  }
}

const FIXED_PATHS = [
  ...['/apis', '/apis/metrics.k8s.io', '/apis/metrics.k8s.io/v1beta1', '/flagz', '/metrics', '/openapi/v2'],
  ...['/openapi/v3', '/openapi/v3/', '/statusz', '/version'],
]

/** Every path that answers. */
function addRoutes(app: FastifyInstance, options: ApiOptions, lifecycle: Lifecycle): void {
  const { clock, checks, log, metrics, resourceMetrics, status, version } = options
  const probes = createProbes(
    withOwnChecks(checks, () => lifecycle.shuttingDown),
    log,
  )
  const ofResources = resourceMetrics === undefined ? [] : ['/metrics/resource']
  const paths = [...FIXED_PATHS, ...ofResources, ...probes.paths].sort()
  const { nodes, pods } = createResources(options)
  app.register(
    (api, _options, done) => {
      metricsApiRoutes(api, nodes, pods)
      done()
    },
    { prefix: '/apis/metrics.k8s.io/v1beta1' },
  )
  discoveryRoutes(
    app,
    createDiscovery(version, () => lifecycle.port),
  )
  openApiRoutes(
    app,
    createOpenApi(() => clock.wallMs()),
  )
  probeRoutes(app, probes)
  metricsRoute(app, metrics)
  if (resourceMetrics !== undefined) resourceMetricsRoute(app, resourceMetrics)
  pageRoutes(app, { status, version, clock, notReady: () => probes.failures('readyz'), paths })
  pathIndex(app, paths)
}

/** Fastify loads its own compilers of schemas, which take megabytes, unless it is given others. */
function noSchemaCompiler(): never {
  throw new Error('no route has a schema')
}

/** The Fastify application: the same one serves and answers `inject`. */
function createApp(options: ApiOptions, parts: AppParts) {
  const { bounds, connections, lifecycle } = parts
  const { clock, log, newId, tls } = options
  const made: { one?: RenewableServer } = {}
  // Fastify makes no server whose bounds are set for each connection.
  const serverFactory = (onRequest: RequestListener) => {
    made.one = createHttpsServer(tls, bounds, onRequest)
    connections.track(made.one.server)
    return made.one.server
  }
  const app: FastifyInstance = Fastify({
    serverFactory: serverFactory as unknown as FastifyServerFactory,
    clientErrorHandler: createClientErrorHandler(log, clock, connections),
    rewriteUrl: rewriteForRouter,
    genReqId: ({ headers }) => auditId(headers['audit-id'], newId),
    // Fastify answers a longer parameter before it runs any hook: a long name must get its 404 behind authorization.
    routerOptions: { maxParamLength: bounds.maxProxyHeaderBytes },
    schemaController: { compilersFactory: { buildValidator: noSchemaCompiler, buildSerializer: noSchemaCompiler } },
    return503OnClosing: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
  })
  addHooks(app, options, parts)
  addRoutes(app, options, lifecycle)
  if (made.one === undefined) throw new Error('the framework made no server')
  return { app, ...made.one }
}

/** Puts the HTTP side together. Nothing is opened before {@link Api.listen}. */
export function createApi(options: ApiOptions): Api {
  const bounds = boundsOf(options.limits)
  const lifecycle: Lifecycle = { shuttingDown: false, port: options.port }
  const { clock, faults, isFrontProxy = () => false } = options
  const connections = createConnections({ bounds, clock, isFrontProxy })
  const { app, server, renew } = createApp(options, { bounds, connections, lifecycle })
  guardHandshakes(server, { clock, faults, handshakeTimeoutMs: bounds.handshakeTimeoutMs })
  return {
    server: app,
    async listen() {
      const { bindAddress: host, port, reusePort = false } = options
      await listenOn(app, { host, port, reusePort })
      lifecycle.port = (server.address() as AddressInfo).port
      return { port: lifecycle.port }
    },
    setSecureContext: renew,
    beginShutdown() {
      lifecycle.shuttingDown = true
    },
    async close() {
      lifecycle.shuttingDown = true
      const bound = clock.after(bounds.drainTimeoutMs, () => connections.destroy())
      const closed = app.close()
      connections.closeIdle()
      await closed
      bound.cancel()
    },
  }
}

const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

interface ListenAddress {
  /** Empty for all addresses of both families. */
  readonly host: string
  readonly port: number
  /** SO_REUSEPORT: another process may listen on the same port. */
  readonly reusePort: boolean
}

/** Listens on an address; on "all addresses" of either family as Go does: on those of both, where there are both. */
async function listenOn(app: FastifyInstance, { host, port, reusePort }: ListenAddress): Promise<void> {
  // Fastify hands on to Node what its own types do not know.
  const listen = (where: string) => {
    const options = { host: where, port, reusePort }
    return app.listen(options)
  }
  if (host !== '' && host !== '0.0.0.0') {
    await listen(host)
    return
  }
  try {
    await listen('::')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!WITHOUT_IPV6.has(code)) throw error
    await listen('0.0.0.0')
  }
}
