import type net from 'node:net'
import { Client } from 'undici'
import type { Clock } from '../model/clock.ts'
import { hostPort } from './addresses.ts'
import type { Buffers } from './buffers.ts'
import { dial, type Target } from './dial.ts'
import { type Answer, Exchange, type ExchangePhase } from './exchange.ts'

/** Response headers of a kubelet take some hundred bytes. */
const MAX_HEADER_BYTES = 16 * 1024
const FIRST_BODY_BYTES = 64 * 1024

/** A request that got no answer, how far it came, and whether its connection had served others before. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError'
  readonly phase: ExchangePhase
  readonly received: number
  /** The connection had been idle and no byte came back: the kubelet had probably just closed it. */
  readonly stale: boolean

  constructor(phase: ExchangePhase, received: number, stale: boolean, cause: unknown) {
    super(`failed while ${phase}`, { cause })
    this.phase = phase
    this.received = received
    this.stale = stale
  }
}

export interface ConnectionOptions {
  readonly target: Target
  readonly clock: Clock
  readonly buffers: Buffers
  readonly keepAliveMs: number
  readonly maxBodyBytes: number
}

export interface KubeletRequest {
  readonly path: string
  readonly authorization: string | undefined
  /** How long connecting may take; `undefined`: as long as the signal allows. */
  readonly tcpBudgetMs: number | undefined
  /** Gives up: its reason is the cause of the error. */
  readonly signal: AbortSignal
}

/** The one kept-alive connection to a kubelet at one address. */
export interface Connection {
  readonly target: Target
  /** @throws ExchangeError, and nothing else. */
  request(request: KubeletRequest): Promise<Answer>
  destroy(): void
}

export function createConnection(options: ConnectionOptions): Connection {
  const { target, clock, buffers, keepAliveMs, maxBodyBytes } = options
  let dialling: net.Socket | undefined
  let tcpBudgetMs: number | undefined
  let served = 0
  let expectedBytes = FIRST_BODY_BYTES
  const scheme = target.tls === undefined ? 'http' : 'https'
  const client = new Client(`${scheme}://${hostPort(target.host, target.port)}`, {
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // One deadline over everything is the caller's: undici's own would be timers for each connection, and coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    // undici's own connector keeps TLS sessions, lets certificates be checked only by throwing, and cannot be given up.
    connect: (_options, callback) => {
      served = 0
      dialling = dial(target, { clock, reads: buffers.reads, tcpBudgetMs }, (error, socket) => {
        dialling = undefined
        if (socket === null) callback(error ?? new Error('no socket'), null)
        else callback(null, socket)
      })
    },
  })
  const destroy = (): void => {
    dialling?.destroy()
    if (!client.destroyed) void client.destroy().catch(() => {})
  }

  function request({ path, authorization, signal, ...wish }: KubeletRequest): Promise<Answer> {
    tcpBudgetMs = wish.tcpBudgetMs
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const fail = (cause: unknown): void => {
      const stale = served > 0 && exchange.phase === 'waiting for the answer' && !signal.aborted
      // Before the connection's end is reported too, as an error of its own.
      reject(new ExchangeError(exchange.phase, exchange.received, stale, cause))
      destroy()
    }
    const giveUp = (): void => fail(signal.reason)
    const exchange = new Exchange({
      clock,
      bodies: buffers.bodies,
      maxBodyBytes,
      expectedBytes,
      settle(outcome) {
        signal.removeEventListener('abort', giveUp)
        if ('error' in outcome) {
          fail(outcome.error)
          return
        }
        served++
        const { answer } = outcome
        if (answer.status === 200) expectedBytes = Math.ceil(answer.body.length * 1.125)
        resolve(answer)
      },
    })
    if (signal.aborted) giveUp()
    else {
      signal.addEventListener('abort', giveUp, { once: true })
      const headers = { 'user-agent': 'metrics-server', ...(authorization !== undefined && { authorization }) }
      client.dispatch({ method: 'GET', path, headers }, exchange)
    }
    return promise
  }
  return { target, request, destroy }
}
