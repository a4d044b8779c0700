import type net from 'node:net'
import { Client } from 'undici'
import type { Clock } from '../../model/clock.ts'
import type { AddressType, NodeAddress, NodeRecord } from '../../model/cluster-objects.ts'
import { addressesOf, hostPort, type IpFamily, noAddressFault } from './addresses.ts'
import {
  createSharedReadBuffer,
  connect,
  type PendingConnection,
  type SharedReadBuffer,
  type ConnectTarget,
  type TlsSettings,
} from './connect.ts'
import { ConnectError, RequestError, KubeletError, type KubeletFault, RefusedResponseError } from './errors.ts'
import { type AddressFailure, unansweredFault } from './faults.ts'
import {
  type KubeletResponse,
  type BodyPool,
  createBodyPool,
  createInflater,
  ResponseHandler,
  type Inflater,
} from './response-handler.ts'
import { ResponseHeads, MAX_HEAD_BYTES } from './response-head.ts'

/** What the connections of all nodes share. */
export interface NodeConnectionSettings {
  readonly preferredAddressTypes: readonly AddressType[]
  readonly ipFamilies: ReadonlySet<IpFamily>
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly clock: Clock
  readonly buffers: Buffers
  /** The current settings; connections made with others are replaced. `undefined`: plain HTTP. */
  tls(): TlsSettings | undefined
}

/** The connection to one node's kubelet: tries its addresses, and keeps one connection alive. */
interface NodeConnection {
  /** @throws KubeletError when no address responded. */
  get(path: string, attempt: ScrapeAttempt): Promise<KubeletResponse>
  /** Closes the connection; the next request makes a new one. */
  drop(): void
}

/** Statuses after which the connection is kept; after any other it is closed. */
const CLEAN_STATUS: ReadonlySet<number> = new Set([200, 401, 403, 404])

const isUnreachable = ({ cause }: RequestError): boolean => cause instanceof ConnectError && cause.stage === 'tcp'

export function createNodeConnection(settings: NodeConnectionSettings): NodeConnection {
  const { clock } = settings
  let connection: HttpConnection | undefined
  /** The address that worked last; valid as long as the node has the same addresses. */
  let working: { readonly host: string; readonly among: string } | undefined

  function drop(): void {
    connection?.destroy()
    connection = undefined
  }

  function connectionTo(host: string, { node, port }: ScrapeAttempt): HttpConnection {
    const tls = settings.tls()
    const target = connection?.target
    if (connection !== undefined && target?.host === host && target.port === port && target.tls === tls)
      return connection
    drop()
    const { keepAliveMs, buffers } = settings
    connection = createHttpConnection({
      target: { host, port, nodeName: node.name, tls },
      clock,
      buffers,
      keepAliveMs,
    })
    return connection
  }

  /** Requests from one address, and once more when the kept connection turns out to be dead, as Go's transport does. */
  async function getFrom(
    host: string,
    tcpBudgetMs: number | undefined,
    path: string,
    attempt: ScrapeAttempt,
  ): Promise<KubeletResponse> {
    attempt.address = hostPort(host, attempt.port)
    const { authorization, signal } = attempt
    const request = { path, authorization, tcpBudgetMs, signal }
    try {
      return await connectionTo(host, attempt).request(request)
    } catch (error) {
      drop()
      if (!(error instanceof RequestError && error.stale)) throw error
      return await connectionTo(host, attempt).request(request)
    }
  }

  /** The share of one of `left` addresses in the time to connect; the last one may take all that is left. */
  const tcpBudget = (left: number, { dueMs }: ScrapeAttempt): number | undefined =>
    left > 1 ? Math.max(1, (dueMs - clock.monotonicMs()) / left) : undefined

  function orderOf(listed: readonly NodeAddress[], among: string): readonly NodeAddress[] {
    const first = listed.find(({ address }) => working?.among === among && working.host === address)
    return first === undefined ? listed : [first, ...listed.filter((one) => one !== first)]
  }

  async function get(path: string, attempt: ScrapeAttempt): Promise<KubeletResponse> {
    const listed = addressesOf(attempt.node, settings.preferredAddressTypes, settings.ipFamilies)
    const among = listed.map(({ address }) => address).join()
    const failures: AddressFailure[] = []
    for (const [i, { type, address: host }] of orderOf(listed, among).entries()) {
      const left = listed.length - i
      try {
        const answer = await getFrom(host, tcpBudget(left, attempt), path, attempt)
        working = { host, among }
        if (!answer.whole || !CLEAN_STATUS.has(answer.status)) drop()
        return answer
      } catch (error) {
        drop()
        working = undefined
        if (!(error instanceof RequestError)) throw error
        failures.push({ type, host, address: attempt.address, error })
        if (attempt.signal.aborted || !isUnreachable(error)) break
      }
    }
    if (failures.length === 0) return raise(attempt, noAddressFault(attempt.node, settings.preferredAddressTypes))
    const { address, fault } = unansweredFault(failures, { ...settings, ...attempt })
    attempt.address = address
    return raise(attempt, fault)
  }
  return { get, drop }
}

/** The state of one scrape of a node. */
export interface ScrapeAttempt {
  readonly node: NodeRecord
  readonly port: number
  /** The whole Authorization header. */
  readonly authorization: string | undefined
  /** By the monotonic clock. */
  readonly dueMs: number
  /** Aborted at `dueMs` or when the node is closed, with the error as its reason. */
  readonly signal: AbortSignal
  /** The address tried last, with its port; when all failed, the one with the most significant fault. */
  address: string
}

export function raise({ node, address }: ScrapeAttempt, fault: KubeletFault): never {
  throw new KubeletError(node.name, address, fault)
}

/** The buffers that all connections share, and the bound of a body. */
interface Buffers {
  readonly reads: SharedReadBuffer
  readonly bodies: BodyPool
  readonly inflater: Inflater
  /** The bound of a body, also after inflating. */
  readonly maxBodyBytes: number
}

export function createBuffers(maxBodyBytes: number): Buffers {
  const bodies = createBodyPool()
  return { reads: createSharedReadBuffer(), bodies, inflater: createInflater(bodies, maxBodyBytes), maxBodyBytes }
}

const FIRST_BODY_BYTES = 64 * 1024

interface HttpConnectionOptions {
  readonly target: ConnectTarget
  readonly clock: Clock
  readonly buffers: Buffers
  readonly keepAliveMs: number
}

interface KubeletRequest {
  readonly path: string
  readonly authorization: string | undefined
  /** How long connecting may take; `undefined`: as long as the signal allows. */
  readonly tcpBudgetMs: number | undefined
  /** Ends the request; its reason becomes the cause of the error. */
  readonly signal: AbortSignal
}

/** The one kept-alive connection to a kubelet at one address. */
interface HttpConnection {
  readonly target: ConnectTarget
  /** @throws RequestError, and nothing else. */
  request(request: KubeletRequest): Promise<KubeletResponse>
  destroy(): void
}

function createHttpConnection(options: HttpConnectionOptions): HttpConnection {
  const { target, clock, buffers, keepAliveMs } = options
  const heads = new ResponseHeads()
  let pending: PendingConnection | undefined
  let socket: net.Socket | undefined
  let tcpBudgetMs: number | undefined
  let served = 0
  let expectedBytes = FIRST_BODY_BYTES
  const scheme = target.tls === undefined ? 'http' : 'https'
  const client = new Client(`${scheme}://${hostPort(target.host, target.port)}`, {
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // The caller has one deadline for the whole scrape; undici's timeouts are coarse timers for each connection.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
    // undici's own connector caches TLS sessions, cannot describe a refused certificate, and cannot be cancelled.
    connect: (_options, callback) => {
      served = 0
      pending = connect(target, { clock, reads: buffers.reads, heads, tcpBudgetMs }, (error, open) => {
        pending = undefined
        socket = open ?? undefined
        if (open === null) callback(error ?? new Error('no socket'), null)
        else callback(null, open)
      })
    },
  })
  const destroy = (): void => {
    pending?.giveUp(new Error('no longer wanted'))
    if (!client.destroyed) void client.destroy().catch(() => {})
  }

  function request({ path, authorization, signal, ...wish }: KubeletRequest): Promise<KubeletResponse> {
    tcpBudgetMs = wish.tcpBudgetMs
    const { promise, resolve, reject } = Promise.withResolvers<KubeletResponse>()
    const fail = (cause: unknown): void => {
      signal.removeEventListener('abort', giveUp)
      const { phase, received } = handler
      const stale = served > 0 && phase === 'waiting for the answer' && !signal.aborted
      // Rejects first: destroying the connection reports an error of its own.
      reject(new RequestError(phase, received, stale, cause))
      destroy()
    }
    const giveUp = (): void => {
      const stage = pending?.stage
      fail(stage === undefined ? signal.reason : new ConnectError(stage, signal.reason))
    }
    const succeed = (answer: KubeletResponse): void => {
      signal.removeEventListener('abort', giveUp)
      resolve(answer)
    }
    const handler = new ResponseHandler({
      clock,
      heads,
      bodies: buffers.bodies,
      maxBodyBytes: buffers.maxBodyBytes,
      expectedBytes,
      settle(outcome) {
        if ('error' in outcome) {
          fail(outcome.error)
          return
        }
        const { answer } = outcome
        if (!answer.delimited && socket?.errored) {
          // Where the end of the connection ends the response, undici takes a reset for that end.
          fail(new RefusedResponseError('connection', 'the answer was cut: its connection was reset'))
          return
        }
        served++
        if (answer.status === 200) expectedBytes = Math.ceil(answer.body.length * 1.125)
        if (!answer.compressed) {
          succeed(answer)
          return
        }
        void buffers.inflater
          .inflate(answer.body)
          .then((inflated) => succeed({ ...answer, body: inflated.bytes, release: () => inflated.release() }), fail)
          .finally(() => answer.release())
      },
    })
    if (signal.aborted) giveUp()
    else {
      signal.addEventListener('abort', giveUp, { once: true })
      const headers = { 'user-agent': 'metrics-server', ...(authorization !== undefined && { authorization }) }
      client.dispatch({ method: 'GET', path, headers }, handler)
    }
    return promise
  }
  return { target, request, destroy }
}
