import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { goDurationProblem, parseGoDuration } from '../../kubernetes/duration.ts'
import type { Clock, Timer } from '../../model/clock.ts'
import type { User } from '../../model/identity.ts'
import { requiredName } from '../request/list-options.ts'
import { type RequestInfo, requestInfo } from '../request/request-info.ts'
import { firstHeader, firstValue, type Query, receivedOf, type RequestTarget } from '../request/request-target.ts'
import type { Bounds } from '../server/bounds.ts'
import type { Connections } from '../server/connections.ts'
import { ApiError, badRequest, requestTimeout } from '../status.ts'

/** Why a request is refused before it is routed: a status and its text, as in Go's server. */
interface HeadProblem {
  readonly status: number
  /** Stands in the status line, too. */
  readonly text: string
}

const TOO_LARGE: HeadProblem = { status: 431, text: 'Request Header Fields Too Large' }
const BAD: HeadProblem = { status: 400, text: 'Bad Request' }
const badHost = (why: string): HeadProblem => ({ status: 400, text: `Bad Request: ${why} Host header` })
/** What net/http takes for a host (golang.org/x/net/http/httpguts, ValidHostHeader). */
const HOST = /^[A-Za-z0-9!$%&'()*+,\-.:;=[\]_~]*$/

/** What HTTP/2 counts for each header beside name and value (RFC 9113, 6.5.2). */
const HEADER_OVERHEAD = 32

/**
 * HTTP/1.1 is bounded while it is read; HTTP/2 only once the client has acknowledged our SETTINGS, which one that means no
 * good does not do.
 */
function isTooLarge({ rawHeaders, httpVersionMajor }: IncomingMessage, maxBytes: number, maxHeaders: number): boolean {
  if (rawHeaders.length > 2 * maxHeaders) return true
  if (httpVersionMajor === 1) return false
  let bytes = (rawHeaders.length / 2) * HEADER_OVERHEAD
  for (const text of rawHeaders) bytes += text.length
  return bytes > maxBytes
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const given = rawHeaders[i]
    if (given?.length === name.length && given.toLowerCase() === name) values.push(rawHeaders[i + 1] ?? '')
  }
  return values
}

function hostProblem({ rawHeaders, httpVersionMinor }: IncomingMessage): HeadProblem | undefined {
  const [host, ...others] = valuesOf(rawHeaders, 'host')
  if (host === undefined) return httpVersionMinor === 0 ? undefined : badHost('missing required')
  if (others.length > 0) return { ...BAD, text: 'Bad Request: too many Host headers' }
  return HOST.test(host) ? undefined : badHost('malformed')
}

/**
 * Where a body ends has to be plain to every server on the way: one Transfer-Encoding, `chunked`, in HTTP/1.1 (net/http,
 * transfer.go). Go passes over it in HTTP/1.0; it is refused here.
 */
function encodingProblem({ rawHeaders, headers, httpVersionMinor }: IncomingMessage): HeadProblem | undefined {
  if (headers['transfer-encoding'] === undefined) return undefined
  if (httpVersionMinor === 0) return BAD
  const [encoding = '', ...others] = valuesOf(rawHeaders, 'transfer-encoding')
  if (others.length === 0 && encoding.toLowerCase() === 'chunked') return undefined
  return { status: 501, text: 'Not Implemented' }
}

/** What is wrong with the head of a request as HTTP; `undefined` when nothing is. */
function headProblem(request: IncomingMessage, bounds: Bounds, fromProxy: boolean): HeadProblem | undefined {
  const [maxBytes, maxHeaders] = fromProxy
    ? [bounds.maxProxyHeaderBytes, bounds.maxProxyHeaders]
    : [bounds.maxHeaderBytes, bounds.maxHeaders]
  if (isTooLarge(request, maxBytes, maxHeaders)) return TOO_LARGE
  if (request.httpVersionMajor !== 1) return undefined
  return encodingProblem(request) ?? hostProblem(request)
}

/** Whether a request comes with a body. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Reads a request's body without keeping it, so that the connection can serve the next request; beyond `maxBytes` the
 * connection is closed once the answer is out. On HTTP/2 nothing is read: node ends the stream with the answer.
 */
function forgetBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  if (request.httpVersionMajor !== 1 || !hasBody(request)) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) return
    request.pause()
    if (response.writableFinished) request.socket.destroy()
    else response.once('finish', () => request.socket.destroy())
  })
}

/** What is no proper request is answered before any filter, as Go's HTTP server does. */
function refuse({ raw }: FastifyRequest, reply: FastifyReply, { status, text }: HeadProblem): void {
  const body = status === 501 ? 'Unsupported transfer encoding' : `${status} ${text}`
  reply.code(status).type('text/plain; charset=utf-8')
  if (raw.httpVersionMajor === 1) {
    reply.raw.statusMessage = text
    reply.header('connection', 'close')
  }
  reply.send(Buffer.from(body))
}

/** Refuses what is no request in HTTP's terms. */
export function addHeadChecks(
  app: FastifyInstance,
  { bounds, connections }: { readonly bounds: Bounds; readonly connections: Connections },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    forgetBody(raw, reply.raw, bounds.maxDrainBytes)
    const { method, target } = receivedOf(raw)
    const problem = headProblem(raw, bounds, connections.isFrontProxy(raw))
    if (problem !== undefined || target === undefined) {
      refuse(request, reply, problem ?? BAD)
      if (problem?.status === 431) connections.dismiss(raw)
    } else if (target.path === '*' && method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      reply.send()
    } else {
      done()
    }
  })
}

/** Go echoes any Audit-Id; we echo those that fit a header and a log line, and make a new one for the rest. */
const SANE = /^[\x21-\x7e]{1,128}$/

/**
 * The Audit-Id that an answer carries (apiserver, pkg/endpoints/filters/audit_init.go).
 * @param given the request's own header.
 */
export function auditId(given: string | string[] | undefined, newId: () => string): string {
  return typeof given === 'string' && SANE.test(given) ? given : newId()
}

/** What is known of a request. It grows from hook to hook. */
export interface RequestContext {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: IncomingHttpHeaders
  /** Header names and values alternating, as they came. */
  readonly rawHeaders: readonly string[]
  /** When its head had come, monotonic milliseconds. */
  readonly startedMs: number
  /** The question that the authorizer is asked. */
  info: RequestInfo
  /** Who sends it, from authentication on. */
  user: User | undefined
  deadline: Timer | undefined
  /**
   * Called once the whole answer has been handed on, whether the client has read it or not, with the bytes of its body before
   * compression; or with `undefined` once it has been broken off.
   */
  readonly afterReply: ((bytes: number | undefined) => void)[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `undefined` for what is no proper request. */
    context: RequestContext | undefined
  }
}

export function contextOf({ context }: FastifyRequest): RequestContext {
  if (context === undefined) throw new Error('a request has got past the check of its head without a context')
  return context
}

/**
 * Whether the request came through the API server, which says for whom it asks. It proves nothing: it only chooses between
 * answers that the sender may have anyway.
 */
export function isAggregated({ rawHeaders }: Pick<RequestContext, 'rawHeaders'>): boolean {
  return firstHeader(rawHeaders, 'x-remote-user') !== undefined
}

/** Who sends a request that has been authenticated. */
export function userOf({ user }: RequestContext): User {
  if (user === undefined) throw new Error('a request has got past authentication without a user')
  return user
}

/** Gives each request its context. */
export function addRequestContext(app: FastifyInstance, clock: Pick<Clock, 'monotonicMs'>): void {
  app.decorateRequest('context', undefined)
  app.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request
    const { method, target } = receivedOf(raw)
    if (target === undefined) throw new Error('a request without a target has got past the check of its head')
    const { path, query } = target
    const context: RequestContext = {
      ...{ method, target, headers: raw.headers, rawHeaders: raw.rawHeaders, startedMs: clock.monotonicMs() },
      info: { kind: 'path', verb: method.toLowerCase(), path },
      ...{ user: undefined, deadline: undefined, afterReply: [] },
    }
    request.context = context
    // Where this throws, the answer needs the rest of the context.
    context.info = requestInfo(method, path, target.raw, query, requiredName)
    done()
  })
}

/**
 * How long a request may take: the parameter `timeout` when it is shorter than the limit (apiserver,
 * pkg/endpoints/filters/request_deadline.go), milliseconds.
 * @throws ApiError 400 when the parameter is no duration.
 */
export function deadlineMs(query: Query, limitMs: number): number {
  const text = query.size === 0 ? undefined : firstValue(query, 'timeout')
  if (text === undefined || text === '') return limitMs
  const asked = parseGoDuration(text)
  if (asked === undefined) {
    throw new ApiError(badRequest(`invalid timeout specified in the request URL - ${goDurationProblem(text)}`))
  }
  return asked > 0 && asked < limitMs ? asked : limitMs
}

/**
 * Answers requests that take too long with a Status 504; watches, which are refused at once, have no deadline. What goes on
 * afterwards is forgotten; it is expected to end by its own bounds. An answer that has begun has another bound.
 */
export function addDeadline(app: FastifyInstance, clock: Pick<Clock, 'after'>, requestTimeoutMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request)
    if (context.info.verb !== 'watch') {
      const ms = deadlineMs(context.target.query, requestTimeoutMs)
      context.deadline = clock.after(ms, () => void reply.send(new ApiError(requestTimeout())))
    }
    done()
  })
  app.addHook('onSend', (request, _reply, _payload, done) => {
    request.context?.deadline?.cancel()
    done()
  })
}
