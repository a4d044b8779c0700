import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Authority } from '../../certs/authority.ts'
import { ANONYMOUS, type User } from '../../src/model/identity.ts'
import type { Access } from '../access/access.ts'
import { authenticate } from '../access/authenticate.ts'
import type { SimNode } from '../world/things.ts'
import type { World } from '../world/world.ts'
import { issueKubeletCertificate, type KubeletCertificate } from './certificate.ts'
import { writeExposition } from './exposition.ts'
import {
  type Endpoint,
  type Exchange,
  endpointOf,
  type KubeletFault,
  misbehave,
  RESOURCE_TYPE,
  subresourceOf,
} from './faults.ts'
import { inForm } from './forms.ts'
import { LastAsked } from './last-asked.ts'
import type { KubeletManner } from './oddities.ts'
import { forbiddenText, sendText } from './refusals.ts'
import { type NodeReport, reportNode } from './report.ts'
import { writeSummary } from './summary.ts'

export interface KubeletSetup {
  readonly world: World
  readonly node: SimNode
  readonly access: Access
  readonly cluster: Authority
  readonly certificate: KubeletCertificate
  /** What it does as long as no other fault is set. */
  readonly usualFault?: KubeletFault
  readonly manner?: KubeletManner
}

/** The kubelet of one node: /stats/summary and /metrics/resource over TLS on 127.0.0.1. */
export class Kubelet {
  /** How many requests it has been asked, by path with query. */
  readonly asked = new Map<string, number>()
  /** Characters of the true answers, before compression. */
  sentBytes = 0
  readonly #setup: KubeletSetup
  readonly #server: https.Server
  #lastAsked = new LastAsked()
  #fault: KubeletFault | undefined
  #manner: KubeletManner
  /** What it answered first, by endpoint, while it is to repeat itself. */
  readonly #repeated = new Map<Endpoint, string>()
  #offsetMs = 0
  #startedSeconds: number

  private constructor(setup: KubeletSetup, server: https.Server) {
    this.#setup = setup
    this.#server = server
    this.#fault = setup.usualFault
    this.#manner = setup.manner ?? {}
    this.#startedSeconds = Math.floor(setup.world.nowMs() / 1000)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response))
  }

  /** Starts one on a free port and writes the port into its node. */
  static async start(setup: KubeletSetup): Promise<Kubelet> {
    const pair = await issueKubeletCertificate(setup.certificate, setup.node.name, setup.cluster)
    const server = https.createServer({
      cert: pair.certPem,
      key: pair.keyPem,
      ca: setup.cluster.certPem,
      requestCert: true,
      rejectUnauthorized: false,
      keepAliveTimeout: 120_000,
    })
    const kubelet = new Kubelet(setup, server)
    await kubelet.#listen(0)
    setup.node.kubeletPort = kubelet.port
    setup.world.touchNode(setup.node)
    return kubelet
  }

  get port(): number {
    return this.#setup.node.kubeletPort ?? (this.#server.address() as AddressInfo).port
  }

  /** Does wrong from now on, or what is usual again when `undefined`. */
  async setFault(fault: KubeletFault | undefined): Promise<void> {
    this.#fault = fault ?? this.#setup.usualFault
    this.#repeated.clear()
    if (fault?.kind === 'refuse') await this.#hangUp()
    else if (!this.#server.listening) await this.#listen(this.port)
  }

  /** Looks, says and sends otherwise from now on, or as usual again when `undefined`. */
  setManner(manner: KubeletManner | undefined): void {
    this.#manner = manner ?? this.#setup.manner ?? {}
  }

  /** Sets the node's clock ahead of the world's, or behind it with a negative number. */
  setClockOffset(ms: number): void {
    this.#offsetMs = ms
  }

  /** Shows another certificate to new connections, and ends those that are open. */
  async setCertificate(kind: KubeletCertificate): Promise<void> {
    const { cluster, node } = this.#setup
    const pair = await issueKubeletCertificate(kind, node.name, cluster)
    this.#server.setSecureContext({ cert: pair.certPem, key: pair.keyPem, ca: cluster.certPem })
    this.#server.closeAllConnections()
  }

  /** The machine boots again: every counter starts at 0, connections end. */
  reboot(): void {
    this.#setup.world.rebootNode(this.#setup.node.name)
    this.#lastAsked = new LastAsked()
    this.#startedSeconds = Math.floor(this.#setup.world.nowMs() / 1000)
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.#hangUp()
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#setup.node.kubeletPort ??= (this.#server.address() as AddressInfo).port
  }

  async #hangUp(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const target = request.url ?? '/'
    this.asked.set(target, (this.asked.get(target) ?? 0) + 1)
    request.resume()
    const url = new URL(target, 'https://kubelet')
    const endpoint = endpointOf(url.pathname)
    const who = authenticate(request.socket, request.headers, this.#setup.access.tokens)
    // The real kubelet does not know the anonymous (--anonymous-auth=false, the default of kubeadm).
    if (who === undefined || who === ANONYMOUS) sendText(response, 401, 'Unauthorized')
    else if (!this.#allows(who, endpoint)) sendText(response, 403, forbiddenText(who.name, subresourceOf(endpoint)))
    else if (endpoint === undefined) sendText(response, 404, '404 page not found\n')
    else this.#serve({ endpoint, url, request, response, userName: who.name })
  }

  #allows(who: User, endpoint: Endpoint | undefined): boolean {
    return this.#setup.access.allows(who, {
      kind: 'resource',
      verb: 'get',
      group: '',
      version: 'v1',
      resource: 'nodes',
      subresource: subresourceOf(endpoint),
      namespace: '',
      name: this.#setup.node.name,
    })
  }

  #serve(exchange: Exchange): void {
    const truly = {
      body: () => this.#body(exchange),
      answer: (body?: string) => this.#answerTruly(exchange, body),
      random: this.#setup.world.random,
    }
    if (this.#fault === undefined || !misbehave(this.#fault, exchange, truly)) this.#answerTruly(exchange)
  }

  #answerTruly(exchange: Exchange, sampled?: string): void {
    const { endpoint, request, response } = exchange
    const body = this.#repeated.get(endpoint) ?? sampled ?? this.#body(exchange)
    this.sentBytes += body.length
    if (this.#fault?.kind === 'repeat') this.#repeated.set(endpoint, body)
    response.setHeader('Date', new Date(this.#setup.world.nowMs() + this.#offsetMs).toUTCString())
    response.setHeader('Content-Type', endpoint === 'summary' ? 'application/json' : RESOURCE_TYPE)
    if (endpoint === 'resource') response.setHeader('Process-Start-Time-Unix', String(this.#startedSeconds))
    const { form } = this.#manner
    if (form !== undefined) {
      response.end(inForm(form, response, endpoint, body))
      return
    }
    const isPacked = endpoint === 'resource' && /\bgzip\b/.test(String(request.headers['accept-encoding']))
    if (isPacked) response.setHeader('Content-Encoding', 'gzip')
    // In two steps, so that it is chunked as the real one's.
    response.write(isPacked ? gzipSync(body) : body)
    response.end()
  }

  #body({ endpoint, url }: Exchange): string {
    if (endpoint === 'resource') return writeExposition(this.#report(() => 0))
    const report = this.#report((reading) => this.#lastAsked.rateOf(reading))
    return writeSummary(report, url.searchParams.get('only_cpu_and_memory') === 'true', this.#manner.pressure)
  }

  #report(rateOf: Parameters<typeof reportNode>[3]): NodeReport {
    const { world, node } = this.#setup
    const { oddity, sampling } = this.#manner
    const report = reportNode(world, node, this.#offsetMs, rateOf, sampling)
    return oddity === undefined ? report : oddity(report, world)
  }
}
