import type net from 'node:net'
import { Client } from 'undici'
import type { Clock } from '../../model/clock.ts'
import { hostPort } from './addresses.ts'
import type { Buffers } from './buffers.ts'
import { AnswerHeads, MAX_HEAD_BYTES } from './answer-head.ts'
import { dial, DialError, type Dialling, type Target } from './dial.ts'
import { type Answer, Exchange, type ExchangePhase, RefusedAnswerError } from './exchange.ts'

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
  const { target, clock, buffers, keepAliveMs } = options
  const heads = new AnswerHeads()
  let dialling: Dialling | undefined
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
    // One deadline over everything is the caller's: undici's own would be timers for each connection, and coarse.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEAD_BYTES,
    // undici's own connector keeps TLS sessions, lets certificates be checked only by throwing, and cannot be given up.
    connect: (_options, callback) => {
      served = 0
      dialling = dial(target, { clock, reads: buffers.reads, heads, tcpBudgetMs }, (error, open) => {
        dialling = undefined
        socket = open ?? undefined
        if (open === null) callback(error ?? new Error('no socket'), null)
        else callback(null, open)
      })
    },
  })
  const destroy = (): void => {
    dialling?.giveUp(new Error('no longer wanted'))
    if (!client.destroyed) void client.destroy().catch(() => {})
  }

  function request({ path, authorization, signal, ...wish }: KubeletRequest): Promise<Answer> {
    tcpBudgetMs = wish.tcpBudgetMs
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const fail = (cause: unknown): void => {
      signal.removeEventListener('abort', giveUp)
      const { phase, received } = exchange
      const stale = served > 0 && phase === 'waiting for the answer' && !signal.aborted
      // Before the connection's end is reported too, as an error of its own.
      reject(new ExchangeError(phase, received, stale, cause))
      destroy()
    }
    const giveUp = (): void => {
      const stage = dialling?.stage
      fail(stage === undefined ? signal.reason : new DialError(stage, signal.reason))
    }
    const succeed = (answer: Answer): void => {
      signal.removeEventListener('abort', giveUp)
      resolve(answer)
    }
    const exchange = new Exchange({
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
          // undici takes a reset for the end where only the connection's end says that the answer ends.
          fail(new RefusedAnswerError('connection', 'the answer was cut: its connection was reset'))
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
      client.dispatch({ method: 'GET', path, headers }, exchange)
    }
    return promise
  }
  return { target, request, destroy }
}
