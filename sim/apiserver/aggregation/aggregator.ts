import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import type { Clock, Timer } from '../../../src/model/clock.ts'
import type { User } from '../../../src/model/identity.ts'
import type { FrontProxy } from '../../access/authorities.ts'
import type { MetricsDiscovery } from '../discovery.ts'
import type { Availability } from '../objects.ts'
import { METRICS_GROUP, METRICS_VERSION } from '../resources.ts'
import { Backend, type BackendAddress, type BackendAnswer } from './backend.ts'
import { forwardedHeaders, identityHeaders } from './headers.ts'

const CHECK_MS = 2000
const CHECK_LIMIT_MS = 5000
const API_PATH = `/apis/${METRICS_GROUP}/${METRICS_VERSION}`

const aggregatorUser = (name: string): User => ({ name, uid: undefined, groups: ['system:masters'], extra: new Map() })

/** The aggregation layer: proxies metrics.k8s.io to the registered server and keeps asking whether it is there. */
export class Aggregator {
  readonly #clock: Clock
  readonly #onAvailability: (availability: Availability) => void
  readonly #serviceFault: () => Availability | undefined
  #frontProxy: FrontProxy
  #address: BackendAddress | undefined
  #backend: Backend | undefined
  #timer: Timer | undefined
  #discovery: MetricsDiscovery
  #aborts = 0

  constructor(
    clock: Clock,
    frontProxy: FrontProxy,
    onAvailability: (availability: Availability) => void,
    serviceFault: () => Availability | undefined,
  ) {
    this.#clock = clock
    this.#frontProxy = frontProxy
    this.#onAvailability = onAvailability
    this.#serviceFault = serviceFault
  }

  get registered(): boolean {
    return this.#address !== undefined
  }

  get discovery(): MetricsDiscovery {
    return this.#discovery
  }

  /**
   * Answers whose Content-Length had been passed on before the server had ended them. A client that counts bytes (curl,
   * wget, Python) leaves then, and kube-apiserver logs its request as aborted and counts `apiserver_request_aborts_total`.
   */
  get aborts(): number {
    return this.#aborts
  }

  /** Points the APIService at a server, and asks it whether it is there, now and every two seconds. */
  async register(address: BackendAddress): Promise<void> {
    await this.#use(address, this.#frontProxy)
    await this.check()
  }

  /** Shows another front-proxy certificate from now on. */
  async setFrontProxy(frontProxy: FrontProxy): Promise<void> {
    await this.#use(this.#address, frontProxy)
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#address = undefined
    await this.#backend?.close()
  }

  async #use(address: BackendAddress | undefined, frontProxy: FrontProxy): Promise<void> {
    const old = this.#backend
    this.#address = address
    this.#frontProxy = frontProxy
    this.#backend = address && new Backend(address, frontProxy)
    await old?.close()
  }

  /** The availability check (kube-aggregator, pkg/controllers/status), and the group's discovery when it is there. */
  async check(): Promise<void> {
    this.#timer?.cancel()
    const availability = await this.#ask()
    if (this.#address === undefined) return
    this.#onAvailability(availability)
    this.#timer = this.#clock.after(CHECK_MS, () => void this.check())
  }

  async #ask(): Promise<Availability> {
    const fault = this.#serviceFault()
    if (fault !== undefined) {
      this.#discovery = undefined
      return fault
    }
    try {
      const { status } = await this.fetch(API_PATH, 'system:kube-aggregator', 'application/json')
      if (status !== 200) throw new Error(`bad status from https://metrics-server${API_PATH}: ${status}`)
      this.#discovery = await this.#discover()
      return { available: true, reason: 'Passed', message: 'all checks passed' }
    } catch (error) {
      this.#discovery = undefined
      const message = `failing or missing response from https://metrics-server${API_PATH}: ${(error as Error).message}`
      return { available: false, reason: 'FailedDiscoveryCheck', message }
    }
  }

  async #discover(): Promise<MetricsDiscovery> {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const { status, body } = await this.fetch('/apis', 'system:kube-aggregator', accept)
    if (status !== 200) return undefined
    const { items } = JSON.parse(body) as { items?: MetricsDiscovery[] }
    return items?.find((item) => (item?.metadata as { name?: string } | undefined)?.name === METRICS_GROUP)
  }

  /** Asks the server on the aggregator's own behalf. Rejects when it cannot be reached. */
  async fetch(path: string, asUser: string, accept: string): Promise<{ status: number; body: string }> {
    if (this.#backend === undefined) throw new Error('no server is registered')
    const headers = { accept, ...identityHeaders(aggregatorUser(asUser)), 'audit-id': randomUUID() }
    const answer = await withinLimit(this.#backend.request('GET', path, headers))
    return { status: answer.status, body: await withinLimit(text(answer.body)) }
  }

  /** Passes a request on as `who`, and its answer back. */
  async proxy(request: IncomingMessage, response: ServerResponse, who: User, auditId: string): Promise<void> {
    const backend = this.#backend
    if (backend === undefined || this.#serviceFault() !== undefined)
      return sendUnavailable(response, 'service unavailable')
    const headers = { ...forwardedHeaders(request), ...identityHeaders(who), 'audit-id': auditId }
    const body: Readable | undefined = /^(GET|HEAD)$/.test(request.method ?? '') ? undefined : request
    try {
      const answer = await backend.request(request.method ?? 'GET', request.url ?? '/', headers, body)
      const unasked = request.headers['accept-encoding'] === undefined && answer.headers['content-encoding'] === 'gzip'
      response.writeHead(answer.status, endToEnd(answer.headers, unasked))
      if (!unasked) this.#expectEnd(answer)
      if (unasked) pipeline(answer.body, createGunzip(), response, () => {})
      else pipeline(answer.body, response, () => {})
    } catch (error) {
      sendUnavailable(response, `error trying to reach service: ${(error as Error).message}`)
    }
  }

  /** Looks whether the end of an answer comes with its last byte, or in a read of its own. */
  #expectEnd({ headers, body }: BackendAnswer): void {
    const length = Number(headers['content-length'] ?? Number.NaN)
    let bytes = 0
    let ended = false
    body.once('end', () => {
      ended = true
    })
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes !== length) return
      setImmediate(() => {
        if (!ended) this.#aborts++
      })
    })
  }
}

/** The real aggregator answers in plain text, too (kube-aggregator, pkg/apiserver/handler_proxy.go proxyError). */
function sendUnavailable(response: ServerResponse, message: string): void {
  if (response.headersSent) return void response.destroy()
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  response.end(`${message}\n`)
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te'])

/** Headers for the caller. Go's transport asks for gzip by itself and unpacks it for a caller who did not (`unpacked`). */
function endToEnd(headers: BackendAnswer['headers'], unpacked: boolean): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || name.startsWith(':')) continue
    if (!(unpacked && /^content-(encoding|length)$/.test(name))) kept[name] = value
  }
  return kept
}

async function withinLimit<T>(promise: Promise<T>): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer within 5 s')), CHECK_LIMIT_MS)
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
