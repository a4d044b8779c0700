import type { IncomingMessage } from 'node:http'
import { splitPath } from './request-info.ts'
import { parseRequestTarget, type RequestTarget } from './request-target.ts'

/** The first of the headers of a name (in lower case): where Go's server asks for one, it takes that, never all joined. */
export function firstHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i]
    if (given !== undefined && given.length === name.length && given.toLowerCase() === name) return rawHeaders[i + 1]
  }
  return undefined
}

/** What a client sent, before it was rewritten for the router. */
export interface ReceivedRequest {
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

/** Whether a path is `root` or below it. */
const isUnder = (path: string, root: string): boolean =>
  path.startsWith(root) && (path.length === root.length || path[root.length] === '/')

/** Below these go-restful serves: it passes over slashes at the end of a path. All other paths have to be met exactly. */
export const isApiPath = (path: string): boolean => isUnder(path, '/apis/metrics.k8s.io') || isUnder(path, '/version')

/**
 * The one way to write a path for the router, by the rules of the Go server (apiserver, pkg/server/handler.go and mux):
 * escapes are taken out before segments are told apart, so `%2F` is a slash.
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
