import type { IncomingMessage } from 'node:http'
import type { Bounds } from './bounds.ts'

/** Why a request is refused before anything looks at where it leads: a status and its text, as Go's server has them. */
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
export function headProblem(request: IncomingMessage, bounds: Bounds, fromProxy: boolean): HeadProblem | undefined {
  const [maxBytes, maxHeaders] = fromProxy
    ? [bounds.maxProxyHeaderBytes, bounds.maxProxyHeaders]
    : [bounds.maxHeaderBytes, bounds.maxHeaders]
  if (isTooLarge(request, maxBytes, maxHeaders)) return TOO_LARGE
  if (request.httpVersionMajor !== 1) return undefined
  return encodingProblem(request) ?? hostProblem(request)
}
