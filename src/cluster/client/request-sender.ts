import type { Dispatcher, Pool } from 'undici'
import { unlessAborted } from '../../model/abort.ts'
import type { Clock } from '../../model/clock.ts'
import type { ApiserverCredentials } from '../credentials/apiserver-credentials.ts'
import { DeadlineExceeded, pause, startDeadline } from '../deadline.ts'
import type { Connections } from './connections.ts'

const MAX_RETRY_AFTER = 3
const LONGEST_RETRY_AFTER_S = 10
/**
 * A request whose answer has not begun by then is sent once more, on a new connection: the old one may have died
 * silently behind a load balancer. An apiserver that is only slow gets one more request, and at most a pool of
 * connections each ten seconds.
 */
const ANSWER_BEGINS_MS = 10_000
/**
 * Codes of a kept-alive connection that the peer closed while a request was written to it, as it does when it restarts.
 */
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

interface OutgoingRequest {
  readonly kind: 'request' | 'watch'
  readonly method: 'GET' | 'POST'
  /** Path and query. */
  readonly target: string
  readonly accept: string
  readonly body: string | undefined
  readonly signal: AbortSignal
}

interface RequestSenderOptions {
  readonly credentials: ApiserverCredentials
  readonly connections: Connections
  readonly clock: Clock
  readonly userAgent: string
  readonly observer?: RequestObserver | undefined
}

/** Called for what is sent to the apiserver. */
export interface RequestObserver {
  /** Each request that was sent, those sent again too. `status` is `undefined` when no answer came. */
  sent(host: string, method: string, status: number | undefined): void
  /** A request with its answer, however often it was sent. */
  took(host: string, method: string, seconds: number): void
}

/** Sends a request and resolves with the response, whatever its status; its body is still to be read or dumped. */
type RequestSender = (request: OutgoingRequest) => Promise<Dispatcher.ResponseData>

const isBroken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && BROKEN.has(error.code)

/** Seconds to wait before the next try, by the Retry-After of a 429 or 5xx, as in client-go. */
function retryAfterSeconds(response: Dispatcher.ResponseData): number | undefined {
  if (response.statusCode !== 429 && response.statusCode < 500) return undefined
  const header = response.headers['retry-after']
  return typeof header === 'string' && /^\d{1,6}$/.test(header)
    ? Math.min(Number(header), LONGEST_RETRY_AFTER_S)
    : undefined
}

/**
 * Sends requests with the credentials. Everything sent may be sent twice (reads and reviews), so it is sent once more
 * after a broken connection, after a 401 with the token read again, and when the files of the credentials have changed;
 * once on a new connection when no answer begins; and up to three times when the apiserver says how long to wait.
 */
export function createRequestSender({
  credentials,
  connections,
  clock,
  userAgent,
  observer,
}: RequestSenderOptions): RequestSender {
  const send = async (request: OutgoingRequest, pool: Pool, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const authorization = await unlessAborted(credentials.authorization(), signal)
    const answered = pool.request({
      method: request.method,
      path: request.target,
      headers: {
        accept: request.accept,
        'user-agent': userAgent,
        ...(authorization !== undefined && { authorization }),
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
      body: request.body ?? null,
      signal,
    })
    // undici heeds the signal only once the request is on a connection: one that is still being made may take 10 s.
    return unlessAborted(answered, signal)
  }
  /** A change makes for new connections by itself. */
  const filesChanged = (signal: AbortSignal): Promise<boolean> => unlessAborted(credentials.renew(), signal)

  return async (request) => {
    const { signal } = request
    let retryAfterCount = 0
    let renewed = false
    let reconnected = false
    for (;;) {
      let response: Dispatcher.ResponseData
      const pool = connections.pool(request.kind)
      const begin = startDeadline({ clock, timeoutMs: reconnected ? undefined : ANSWER_BEGINS_MS, signal })
      try {
        response = await send(request, pool, begin.signal)
        // The caller bounds how long the body is read.
        begin.lift()
        observer?.sent(credentials.server.host, request.method, response.statusCode)
      } catch (error) {
        begin.clear()
        observer?.sent(credentials.server.host, request.method, undefined)
        if (signal.aborted) throw error
        if (error instanceof DeadlineExceeded) {
          reconnected = true
          connections.leave(pool)
          continue
        }
        if (renewed) throw error
        renewed = true
        const changed = await filesChanged(signal).catch(() => false)
        if (changed || isBroken(error)) continue
        throw error
      }
      const waitSeconds = retryAfterSeconds(response)
      if (response.statusCode === 401 && !renewed) {
        renewed = true
        await response.body.dump()
        credentials.invalidate()
        await filesChanged(signal).catch(() => false)
      } else if (waitSeconds !== undefined && retryAfterCount < MAX_RETRY_AFTER) {
        retryAfterCount++
        await response.body.dump()
        await pause(clock, waitSeconds * 1000, signal)
      } else return response
    }
  }
}
