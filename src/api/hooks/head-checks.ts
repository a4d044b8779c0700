import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { receivedOf } from '../request/routed-request.ts'
import type { Bounds } from '../server/bounds.ts'
import type { Connections } from '../server/connections.ts'

/** Why a request is refused before it is routed: a status and its text, as in Go's server. */
export interface HeadProblem {
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

const BAD_REQUEST: HeadProblem = { status: 400, text: 'Bad Request' }

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
      refuse(request, reply, problem ?? BAD_REQUEST)
      if (problem?.status === 431) connections.dismiss(raw)
    } else if (target.path === '*' && method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      reply.send()
    } else {
      done()
    }
  })
}
