import type { IncomingHttpHeaders } from 'node:http'
import type { NegotiationRequest } from './negotiation/negotiate.ts'
import { firstValue } from './request/query.ts'
import type { RequestInfo } from './request/request-info.ts'
import type { RequestTarget } from './request/request-target.ts'

/** A request, as the handlers see it. */
export interface Exchange {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: IncomingHttpHeaders
  /** Header names and values alternating, as they came. */
  readonly rawHeaders: readonly string[]
  readonly info: RequestInfo
}

/** The first of the headers of a name (in lower case): where Go's server asks for one, it takes that, never all joined. */
export function firstHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const given = rawHeaders[i]
    if (given !== undefined && given.length === name.length && given.toLowerCase() === name) return rawHeaders[i + 1]
  }
  return undefined
}

/** What of a request has a say in how its answer is written. */
export function negotiationOf({
  rawHeaders,
  headers,
  target,
}: Pick<Exchange, 'rawHeaders' | 'headers' | 'target'>): NegotiationRequest {
  return {
    accept: firstHeader(rawHeaders, 'accept'),
    userAgent: headers['user-agent'],
    pretty: firstValue(target.query, 'pretty'),
    includeObject: firstValue(target.query, 'includeObject'),
    aggregated: firstHeader(rawHeaders, 'x-remote-user') !== undefined,
  }
}
