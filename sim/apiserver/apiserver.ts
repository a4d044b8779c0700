import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Clock } from '../../src/model/clock.ts'
import type { Access } from '../access/access.ts'
import type { Authorities } from '../access/authorities.ts'
import type { World } from '../world/world.ts'
import type { Aggregator } from './aggregation/aggregator.ts'
import { ApiError } from './api-error.ts'
import { authorize, identify } from './gate.ts'
import { answerPath } from './paths.ts'
import type { Registry } from './registry.ts'
import { readRequest } from './request.ts'
import { METRICS_GROUP, METRICS_VERSION } from './resources.ts'
import { isReview, review } from './reviews.ts'
import { sendJson } from './send.ts'
import { answerResource } from './stored.ts'
import type { Watch } from './watch.ts'

export interface ApiserverSetup {
  readonly world: World
  readonly registry: Registry
  readonly access: Access
  readonly authorities: Authorities
  readonly aggregator: Aggregator
  readonly clock: Clock
}

const AGGREGATED = `/apis/${METRICS_GROUP}/${METRICS_VERSION}`

/** The apiserver of the simulated cluster, over TLS on 127.0.0.1, with HTTP/2 and HTTP/1.1. */
export class Apiserver {
  /** How often it has been asked, by method and path. */
  readonly asked = new Map<string, number>()
  readonly #setup: ApiserverSetup
  readonly #watches = new Set<Watch>()
  readonly #sockets = new Set<Socket>()
  #server: http2.Http2SecureServer
  #port = 0
  #failing: number | undefined

  private constructor(setup: ApiserverSetup) {
    this.#setup = setup
    this.#server = this.#create()
  }

  static async start(setup: ApiserverSetup): Promise<Apiserver> {
    const apiserver = new Apiserver(setup)
    await apiserver.comeBack()
    return apiserver
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`
  }

  /** Watches that are open now. */
  get openWatches(): number {
    return this.#watches.size
  }

  /** Breaks all watches off without a word. */
  dropWatches(): void {
    for (const watch of [...this.#watches]) watch.drop()
  }

  /** Answers everything with this status (500, 429, 503 …) from now on; `undefined` ends that. */
  failWith(status: number | undefined): void {
    this.#failing = status
  }

  /** Closes the port and every connection. {@link comeBack} listens on the same port again. */
  async goAway(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async comeBack(): Promise<void> {
    if (this.#server.listening) return
    this.#server = this.#create()
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #create(): http2.Http2SecureServer {
    const { apiserver, cluster } = this.#setup.authorities
    const server = http2.createSecureServer({
      cert: apiserver.certPem,
      key: apiserver.keyPem,
      ca: cluster.certPem,
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
    })
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (request, response) =>
      // The compatibility API has the shape of node:http as far as it is used here.
      this.#answer(request as unknown as IncomingMessage, response as unknown as ServerResponse),
    )
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const auditId = String(request.headers['audit-id'] ?? randomUUID())
    response.setHeader('Audit-Id', auditId)
    response.on('error', () => {})
    try {
      await this.#dispatch(request, response, auditId)
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, 'InternalError', String(error))
      if (known.code === 429) response.setHeader('Retry-After', '1')
      sendJson(response, known.code, known.status())
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, auditId: string): Promise<void> {
    const info = readRequest(request.method ?? 'GET', request.url ?? '/')
    const key = `${request.method} ${info.url.pathname}`
    this.asked.set(key, (this.asked.get(key) ?? 0) + 1)
    if (this.#failing !== undefined) throw new ApiError(this.#failing, 'Simulated', `simulated ${this.#failing}`)
    const who = identify(request, this.#setup.access)
    const accept = String(request.headers.accept ?? '')
    const { access, aggregator } = this.#setup
    // The real one authorizes here too; this one leaves it to the server behind, so that tests reach its decision.
    if (info.url.pathname.startsWith(AGGREGATED) && aggregator.registered)
      return aggregator.proxy(request, response, who, auditId)
    authorize(who, info, access)
    if (info.isPath) await answerPath(info, accept, response, aggregator)
    else if (info.verb === 'create' && isReview(info))
      sendJson(response, 201, review(info.resource, await buffer(request), who, access))
    else answerResource(info, accept, response, { ...this.#setup, watches: this.#watches })
  }
}
