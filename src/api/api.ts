import Fastify, { type FastifyInstance, type FastifyServerFactory } from 'fastify'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAnswered } from './accounting/answered.ts'
import { createDiscovery } from './discovery/discovery.ts'
import { createMetricsEncoder } from './encoding/metrics-encoder.ts'
import { createErrorAnswers } from './error-answer.ts'
import { createAccess } from './filters/access.ts'
import { createInFlight } from './filters/in-flight.ts'
import { createKeptRuns } from './lists/kept-runs.ts'
import { nodeMeasurements, podMeasurements } from './resources/measurements.ts'
import { createOpenApi } from './openapi/openapi.ts'
import type { ApiOptions, TlsMaterial } from './options.ts'
import { createPages } from './pages/pages.ts'
import { withOwnChecks } from './probes/own-checks.ts'
import { createProbes } from './probes/probes.ts'
import type { FreshnessObserver } from './resources/freshness.ts'
import { createNodeResource } from './resources/nodes.ts'
import { createPodResource } from './resources/pods.ts'
import { createApiHandler } from './routing/api-handler.ts'
import { createDispatch } from './routing/dispatch.ts'
import { createServe } from './serve.ts'
import { type Bounds, boundsOf } from './server/bounds.ts'
import { createClientErrorHandler } from './server/client-error.ts'
import { type Connections, createConnections } from './server/connections.ts'
import { guardHandshakes } from './server/handshake-guard.ts'
import { listenOn } from './server/listen.ts'
import { createHttpsServer, type RenewableServer } from './server/https-server.ts'
import { createRequestHandler } from './server/request-handler.ts'

/** The HTTP side of the server: metrics.k8s.io, discovery, OpenAPI, probes, /metrics. */
export interface Api {
  /** For injecting requests in tests; everything else goes through the functions below. */
  readonly server: FastifyInstance
  /** Begins to accept connections. Rejects when the address cannot be had. */
  listen(): Promise<{ readonly port: number }>
  /** Serves new connections with another certificate, or accepts other authorities; those that are open stay. */
  setSecureContext(tls: TlsMaterial): void
  /**
   * Fails /readyz from now on and serves on; clients of HTTP/1.1 are told to come back on another connection, which by
   * and by goes elsewhere: one that is still idle at the end is closed, and may have a request on its way by then.
   */
  beginShutdown(): void
  /** Accepts nothing new, tells clients to go away, lets requests in flight finish for a bounded time, and ends. */
  close(): Promise<void>
}

/** State that the parts share: whether the server is on its way out. */
interface Lifecycle {
  shuttingDown: boolean
  port: number
}

function createServing(options: ApiOptions, bounds: Bounds, lifecycle: Lifecycle) {
  const { nodes, pods, usage, clock, log, faults, checks, metrics, resourceMetrics, status, version } = options
  const encoder = createMetricsEncoder()
  const freshness: FreshnessObserver = {
    served(timestampsMs) {
      const nowMs = clock.wallMs()
      for (const timestampMs of timestampsMs) {
        if (!Number.isNaN(timestampMs)) options.freshness((nowMs - timestampMs) / 1000)
      }
    },
  }
  const probes = createProbes(
    withOwnChecks(checks, () => lifecycle.shuttingDown),
    log,
  )
  const nodeRuns = createKeptRuns(nodeMeasurements(usage), clock)
  const podRuns = createKeptRuns(podMeasurements(usage), clock)
  const dispatch = createDispatch({
    api: createApiHandler({
      nodes: createNodeResource({ nodes, usage, encoder: encoder.nodes, runs: nodeRuns, freshness }),
      pods: createPodResource({ pods, usage, encoder: encoder.pods, runs: podRuns, freshness }),
      discovery: createDiscovery(version, () => lifecycle.port),
    }),
    probes,
    openApi: createOpenApi(() => clock.wallMs()),
    metrics,
    resourceMetrics,
    page: createPages({ status, version, clock, notReady: () => probes.failures('readyz') }),
  })
  return createServe({
    access: createAccess(options, faults),
    inFlight: createInFlight(bounds, options.accounts),
    clock,
    requestTimeoutMs: bounds.requestTimeoutMs,
    dispatch,
  })
}

/**
 * Fastify has the server's lifecycle and the injection of requests. All of them go to one handler: where they lead is
 * decided by the Go server's rules, which are not a router's, and answers are written to the raw response, at the pace
 * of their client.
 */
function createApp(options: ApiOptions, bounds: Bounds, lifecycle: Lifecycle, connections: Connections) {
  const { accounts, clock } = options
  const handle = createRequestHandler({
    serve: createServing(options, bounds, lifecycle),
    errorAnswer: createErrorAnswers(options.log),
    newId: options.newId,
    isClosing: () => lifecycle.shuttingDown,
    answered: accounts && createAnswered(accounts, clock),
    connections,
    bounds,
    requestTimeoutMs: bounds.requestTimeoutMs,
    clock,
    log: options.log,
  })
  const hijack = ({ raw }: { raw: IncomingMessage }, reply: { raw: ServerResponse; hijack(): unknown }): void => {
    reply.hijack()
    handle(raw, reply.raw)
  }
  const made: { one?: RenewableServer } = {}
  const serverFactory = (onRequest: RequestListener) => {
    made.one = createHttpsServer(options.tls, bounds, onRequest)
    connections.track(made.one.server)
    return made.one.server
  }
  const app: FastifyInstance = Fastify({
    serverFactory: serverFactory as unknown as FastifyServerFactory,
    clientErrorHandler: createClientErrorHandler(options.log, clock, connections),
    frameworkErrors: (_error, request, reply) => hijack(request, reply),
    return503OnClosing: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.all('*', hijack)
  app.setNotFoundHandler(hijack)
  if (made.one === undefined) throw new Error('the framework made no server')
  return { app, ...made.one }
}

/** Puts the HTTP side together. Nothing is opened before {@link Api.listen}. */
export function createApi(options: ApiOptions): Api {
  const bounds = boundsOf(options.limits)
  const lifecycle: Lifecycle = { shuttingDown: false, port: options.port }
  const { clock, faults, isFrontProxy = () => false } = options
  const connections = createConnections({ bounds, clock, isFrontProxy })
  const { app, server, renew } = createApp(options, bounds, lifecycle, connections)
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
