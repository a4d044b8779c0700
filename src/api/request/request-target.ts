import { parseQuery, type Query } from './query.ts'
import { unescapeTarget } from './escapes.ts'

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
