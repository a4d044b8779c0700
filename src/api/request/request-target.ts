import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'

/**
 * Bytes to text as Go's strings keep them: bytes that are no UTF-8 stay apart (as lone surrogates U+DC80…U+DCFF), so
 * that model's goQuote can still name them. `toWellFormed()` makes U+FFFD of them, as Go's JSON does.
 */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)))
    text += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
    at += length ?? 1
  }
  return text
}

const hexDigit = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/**
 * Takes percent-escapes out of a part of a request target, as Go's net/url does: `undefined` when one is malformed.
 * @param raw one char per byte, as node gives request targets.
 * @param plusIsSpace whether `+` stands for a space (queries, not paths).
 */
function unescapeTarget(raw: string, plusIsSpace: boolean): string | undefined {
  if (/^[!#-$&-*,-~]*$/.test(raw)) return raw
  const bytes = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i)
    if (code === 37) {
      const high = hexDigit(raw.charCodeAt(i + 1))
      const low = hexDigit(raw.charCodeAt(i + 2))
      if (!(high >= 0 && low >= 0)) return undefined
      bytes[length++] = high * 16 + low
      i += 2
    } else {
      bytes[length++] = code === 43 && plusIsSpace ? 32 : code
    }
  }
  return textOf(bytes.subarray(0, length))
}

/** The parameters of a query, in order of their first appearance. */
export type Query = ReadonlyMap<string, readonly string[]>

const EMPTY: Query = new Map()

/**
 * Parses a query as Go's url.ParseQuery does: pairs that are malformed or hold a semicolon are left out, the rest stay.
 * @param raw without the question mark.
 */
export function parseQuery(raw: string): Query {
  if (raw === '') return EMPTY
  const query = new Map<string, string[]>()
  for (const pair of raw.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const cut = pair.indexOf('=')
    const key = unescapeTarget(cut < 0 ? pair : pair.slice(0, cut), true)
    const value = cut < 0 ? '' : unescapeTarget(pair.slice(cut + 1), true)
    if (key === undefined || value === undefined) continue
    const values = query.get(key)
    if (values === undefined) query.set(key, [value])
    else values.push(value)
  }
  return query
}

/** The first value of a parameter; `undefined` when it was not given. */
export const firstValue = (query: Query, name: string): string | undefined => query.get(name)?.[0]

/** A boolean parameter as the apiserver reads it: absent, "0" and "false" in any case are false, all else is true. */
export function booleanValue(query: Query, name: string): boolean {
  const value = firstValue(query, name)
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false'
}

/** The request target, taken apart. */
export interface RequestTarget {
  /** As it came. */
  readonly raw: string
  /** The path without its percent-escapes. Begins with `/`, or is `*`. */
  readonly path: string
  readonly query: Query
}

const ABSOLUTE = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?]*/

/**
 * Takes a request target apart as Go's url.ParseRequestURI does; `undefined` when it is none, which Go's server answers
 * with 400 before any handler.
 */
export function parseRequestTarget(raw: string): RequestTarget | undefined {
  const local = raw.startsWith('/') ? raw : raw.replace(ABSOLUTE, '')
  const cut = local.indexOf('?')
  const rawPath = cut < 0 ? local : local.slice(0, cut)
  if (!rawPath.startsWith('/') && rawPath !== '*' && local === raw) return undefined
  const path = unescapeTarget(rawPath, false)
  if (path === undefined) return undefined
  return { raw, path, query: parseQuery(cut < 0 ? '' : local.slice(cut + 1)) }
}

/** The first of the headers of a name (in lower case): where Go's server asks for one, it takes that, never all joined. */
export function firstHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i]
    if (given !== undefined && given.length === name.length && given.toLowerCase() === name) return rawHeaders[i + 1]
  }
  return undefined
}

/** What a client sent, before it was rewritten for the router. */
interface ReceivedRequest {
  readonly method: string
  /** `undefined` when it is none. */
  readonly target: RequestTarget | undefined
}

const RECEIVED = Symbol('as received')

interface RewrittenRequest extends IncomingMessage {
  [RECEIVED]?: ReceivedRequest
}

/** No route has this path: no parameter or wildcard stands for the first segment. */
const NOWHERE = '/*'

/**
 * All methods but GET and HEAD are routed as this one. Nothing here reads a body, so Fastify must not either, and over HTTP/2
 * a method may be any word, for which Fastify would not even run its hooks.
 */
export const OTHER_METHOD = 'TRACE'

/** Path segments, slashes at both ends left out. */
export function splitPath(path: string): string[] {
  let start = 0
  let end = path.length
  while (start < end && path[start] === '/') start++
  while (end > start && path[end - 1] === '/') end--
  return start === end ? [] : path.slice(start, end).split('/')
}

/** Whether a path is `root` or below it. */
const isUnder = (path: string, root: string): boolean =>
  path.startsWith(root) && (path.length === root.length || path[root.length] === '/')

/** Below these go-restful serves: it passes over slashes at the end of a path. All other paths have to be met exactly. */
export const isApiPath = (path: string): boolean => isUnder(path, '/apis/metrics.k8s.io') || isUnder(path, '/version')

/**
 * The one way to write a path for the router, by the rules of the Go server (apiserver, pkg/server/handler.go and mux):
 * escapes are decoded before the path is split into segments, so `%2F` is a slash.
 * @param path without escapes.
 */
export function canonicalPath(path: string): string {
  if (!path.startsWith('/')) return NOWHERE
  const trimmed = path.endsWith('/') && (path === '/apis/' || isApiPath(path)) ? `/${splitPath(path).join('/')}` : path
  if (/^[\w/.:-]*$/.test(trimmed)) return trimmed
  return encodeURI(trimmed.toWellFormed()).replaceAll('?', '%3F').replaceAll('#', '%23')
}

/** Rewrites a request for the router, for Fastify's `rewriteUrl`. What it was is kept, see {@link receivedOf}. */
export function rewriteForRouter(request: IncomingMessage): string {
  const { method = '', url = '' } = request
  const target = parseRequestTarget(url)
  const rewritten: RewrittenRequest = request
  rewritten[RECEIVED] = { method, target }
  if (method !== 'GET' && method !== 'HEAD') request.method = OTHER_METHOD
  return target === undefined ? NOWHERE : canonicalPath(target.path)
}

export function receivedOf(request: IncomingMessage): ReceivedRequest {
  const { [RECEIVED]: received } = request as RewrittenRequest
  if (received === undefined) throw new Error('a request was not rewritten for the router')
  return received
}
