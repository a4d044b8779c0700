import type { IncomingMessage, ServerResponse } from 'node:http'
import { writeScrapeError } from './exposition.ts'
import { sendStatusFault } from './refusals.ts'

/** What a kubelet can be made to do wrong, until it is told otherwise. */
export type KubeletFault =
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Does not listen: connections are refused. */
  | { readonly kind: 'refuse' }
  /** Answers with this status: 401, 403, 404, 500 with the real kubelet's words. `only` confines it to one endpoint. */
  | { readonly kind: 'status'; readonly status: number; readonly only?: 'summary' | 'resource' }
  /** Ends the connection in the middle of the answer. */
  | { readonly kind: 'cut' }
  /** Answers 200 with something that is neither JSON nor an exposition. */
  | { readonly kind: 'garbage' }
  /** Answers 200 with a body that never ends. */
  | { readonly kind: 'endless' }
  /** Sends the asker elsewhere. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Answers truly, `ms` later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Waits up to `longestMs` before it samples, and again before it answers, as on a node that is busy. */
  | { readonly kind: 'busy'; readonly longestMs: number }
  /** Answers what it answered first since it was told to, again and again. */
  | { readonly kind: 'repeat' }
  /** The Summary says that it is another node's, as where all nodes have one address. */
  | { readonly kind: 'other-node'; readonly name: string }
  /** /metrics/resource answers 200 with `resource_scrape_error 1` and nothing else. */
  | { readonly kind: 'scrape-error' }

export type Endpoint = 'summary' | 'resource'

export function endpointOf(path: string): Endpoint | undefined {
  if (path === '/stats/summary') return 'summary'
  return path === '/metrics/resource' ? 'resource' : undefined
}

/** One request that the kubelet has let in. */
export interface Exchange {
  readonly endpoint: Endpoint
  readonly url: URL
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly userName: string
}

export const RESOURCE_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'

/** What a kubelet asks the authorizer about (kubernetes, pkg/kubelet/server/auth.go). */
export function subresourceOf(endpoint: Endpoint | undefined): string {
  if (endpoint === undefined) return 'proxy'
  return endpoint === 'summary' ? 'stats' : 'metrics'
}

/** What a kubelet does without the fault: it samples, and sends what it sampled. */
interface Truly {
  body(): string
  /** Samples now when no body is given. */
  answer(body?: string): void
  random(): number
}

/**
 * Answers as the fault demands, or leaves the request without answer; false when the fault does not concern it.
 * `truly` is what the kubelet would do without the fault.
 */
export function misbehave(fault: KubeletFault, exchange: Exchange, truly: Truly): boolean {
  const { endpoint, response } = exchange
  if (fault.kind === 'status' && fault.only !== undefined && fault.only !== endpoint) return false
  if (fault.kind === 'scrape-error' && endpoint !== 'resource') return false
  if (fault.kind === 'other-node' && endpoint !== 'summary') return false
  switch (fault.kind) {
    case 'status':
      sendStatusFault(response, fault.status, exchange.userName, subresourceOf(endpoint))
      break
    case 'cut':
      sendCut(response, truly.body())
      break
    case 'garbage':
      sendGarbage(response)
      break
    case 'endless':
      sendEndless(response)
      break
    case 'redirect':
      response.writeHead(302, { Location: fault.location }).end()
      break
    case 'slow':
      setTimeout(() => truly.answer(), fault.ms).unref()
      break
    case 'busy':
      answerBusily(fault.longestMs, truly)
      break
    case 'scrape-error':
      response.writeHead(200, { 'Content-Type': RESOURCE_TYPE }).end(writeScrapeError())
      break
    case 'other-node':
      response.end(truly.body().replace(/"nodeName": ?"[^"]*"/, `"nodeName": ${JSON.stringify(fault.name)}`))
      break
    case 'repeat':
      truly.answer()
      break
    case 'hang':
    case 'refuse':
      break
  }
  return true
}

function answerBusily(longestMs: number, { body, answer, random }: Truly): void {
  const later = (run: () => void) => void setTimeout(run, random() * longestMs).unref()
  later(() => {
    const sampled = body()
    later(() => answer(sampled))
  })
}

function sendGarbage(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end('<html>\u0000\u001b[31mnot what you asked for{{{')
}

/** Writes as long as somebody reads. */
function sendEndless(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const chunk = Buffer.alloc(64 * 1024, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk)) {
      // The buffer has room: go on.
    }
  }
  response.on('drain', more)
  response.write('{"node":{')
  more()
}

function sendCut(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy())
}
