import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../model/clock.ts'
import type { LogFields, Logger } from '../../model/log.ts'
import type { EndpointLabels, RequestKind, RequestMetrics } from '../options.ts'
import { firstValue, type Query } from '../request/request-target.ts'
import type { RequestContext } from './request-context.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The labels of a route's requests. */
    endpoint?: EndpointLabels
  }
}

const API = { group: 'metrics.k8s.io', version: 'v1beta1', subresource: '', component: 'apiserver' } as const

/** The labels of a route of metrics.k8s.io. */
export const resourceEndpoint = (
  resource: 'nodes' | 'pods',
  scope: 'cluster' | 'namespace' | 'resource',
): EndpointLabels => ({ ...API, resource, scope })

/** The labels of a route that is no resource. */
export const pathEndpoint = (path: string): EndpointLabels => ({
  ...{ group: '', version: '', resource: '', subresource: path, scope: '', component: '' },
})

const NOWHERE = pathEndpoint('')
const VERBS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

function verbOf(method: string, query: Query, { scope }: EndpointLabels): string {
  if (method !== 'GET' && method !== 'HEAD') return VERBS.has(method) ? method : 'other'
  const watch = query.size === 0 || method === 'HEAD' ? undefined : firstValue(query, 'watch')?.toLowerCase()
  if (watch !== undefined && watch !== '0' && watch !== 'false') return 'WATCH'
  return scope === '' || scope === 'resource' ? 'GET' : 'LIST'
}

function dryRunOf(query: Query, { component }: EndpointLabels): string {
  if (query.size === 0 || component === '') return ''
  const dryRun = firstValue(query, 'dryRun')
  return dryRun === undefined ? '' : dryRun === 'All' ? 'All' : 'invalid'
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Gives a request's kind: for each kind the same object each time, so that it can be counted by. */
export function createRequestKinds(): (method: string, query: Query, endpoint: EndpointLabels) => RequestKind {
  const kinds = new Map<EndpointLabels, Map<string, Map<string, RequestKind>>>()
  return (method, query, endpoint) => {
    const verb = verbOf(method, query, endpoint)
    const dryRun = dryRunOf(query, endpoint)
    const ofEndpoint = getOrMake(kinds, endpoint, () => new Map<string, Map<string, RequestKind>>())
    const ofVerb = getOrMake(ofEndpoint, verb, () => new Map<string, RequestKind>())
    return getOrMake(ofVerb, dryRun, () => Object.freeze({ ...endpoint, verb, dryRun }))
  }
}

/**
 * Counts every answer to a proper request as it begins to go out, those of the filters too. (kube-apiserver counts none of its
 * filters' answers but 429, so that nothing shows when reviews fail.) The time that the client takes to read is not counted.
 */
export function addRequestMetrics(
  app: FastifyInstance,
  requestMetrics: Pick<RequestMetrics, 'answered' | 'sized'> | undefined,
  clock: Pick<Clock, 'monotonicMs'>,
): void {
  if (requestMetrics === undefined) return
  const kindOf = createRequestKinds()
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { context } = request
    if (context !== undefined) {
      const endpoint = request.routeOptions.config.endpoint ?? NOWHERE
      const kind = kindOf(context.method, context.target.query, endpoint)
      requestMetrics.answered(kind, reply.statusCode, (clock.monotonicMs() - context.startedMs) / 1000)
      context.afterReply.push((bytes) => {
        if (bytes !== undefined) requestMetrics.sized(kind, bytes)
      })
    }
    done()
  })
}

/** A request for the log, in the Go server's words (apiserver, pkg/server/httplog/httplog.go). */
function requestFields(
  { id, raw: { socket } }: FastifyRequest,
  context: RequestContext,
  status: number,
  tookMs: number,
) {
  const fields: LogFields = {
    verb: context.method,
    URI: context.target.raw,
    latency: `${tookMs.toFixed(3)}ms`,
    userAgent: context.headers['user-agent'] ?? '',
    'audit-ID': id,
    srcIP: `${socket.remoteAddress}:${socket.remotePort}`,
    resp: status,
  }
  return fields
}

/** Logs each proper request as its answer begins to go out, for those who want to read as much (`-v=4`). */
export function addRequestLog(app: FastifyInstance, log: Logger, clock: Pick<Clock, 'monotonicMs'>): void {
  app.addHook('onSend', (request, { statusCode }, _payload, done) => {
    const { context } = request
    if (context !== undefined) {
      const tookMs = () => clock.monotonicMs() - context.startedMs
      log.verbose(4, 'HTTP', () => requestFields(request, context, statusCode, tookMs()))
    }
    done()
  })
}
