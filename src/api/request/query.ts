import { unescapeTarget } from './escapes.ts'

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
