import type { Dispatcher } from 'undici'
import type { Clock } from '../../model/clock.ts'
import { UnusableError } from '../../files/text-file.ts'
import type { ApiserverCredentials } from '../credentials/apiserver-credentials.ts'
import { proxyName } from '../credentials/proxy.ts'
import { startDeadline } from '../deadline.ts'
import { ApiAnswerInvalid, ApiError, ApiUnreachable, parseIfJson } from './api-error.ts'
import { createConnections } from './connections.ts'
import { createRequestSender, type RequestObserver } from './request-sender.ts'

/** Reads a whole body. @throws ApiAnswerInvalid, and drops the connection, when it has more than `maxBytes`. */
async function readBody(body: Dispatcher.ResponseData['body'], maxBytes: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw new ApiAnswerInvalid(`${name}: the answer is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

const NEWLINE = 0x0a

/**
 * Cuts a stream of bytes into lines. It looks for the byte of a newline only, which no multi-byte character of UTF-8
 * contains, so chunks may end anywhere. Empty lines are left out; so is an unfinished last line, which was cut off.
 * @throws ApiAnswerInvalid when a line is longer than `maxLineBytes`.
 */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end)
      from = end + 1
      bound(length + rest.length, maxLineBytes)
      const line = parts.length === 0 ? rest : Buffer.concat([...parts, rest], length + rest.length)
      parts = []
      length = 0
      if (line.length > 0) yield line
    }
    if (from === chunk.length) continue
    length += chunk.length - from
    bound(length, maxLineBytes)
    parts.push(from === 0 ? chunk : chunk.subarray(from))
  }
}

function bound(bytes: number, limit: number): void {
  if (bytes > limit) throw new ApiAnswerInvalid(`a line of the watch is longer than ${limit} bytes`)
}

export type ApiQuery = Readonly<Record<string, string | number | undefined>>

export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  /** Path below the server's own, beginning with a slash. */
  readonly path: string
  readonly query?: ApiQuery
  /** Sent as JSON. */
  readonly body?: unknown
  /** `application/json` when left out. */
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** The largest body that is read, 8 MiB when left out. */
  readonly maxBytes?: number
}

interface ApiStreamRequest extends Omit<ApiRequest, 'method' | 'body' | 'maxBytes'> {
  /** The longest line that is read, 8 MiB when left out: objects have at most 1.5 MiB in etcd. */
  readonly maxLineBytes?: number
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** The apiserver, as the other modules of this folder query it. */
export interface ApiClient {
  /**
   * One request and its whole answer, within the time limit.
   * @throws ApiError for a status other than 2xx, ApiUnreachable, ApiAnswerInvalid for a body that is too large,
   *   UnusableError when the credentials cannot be read, or the signal's reason when that aborts.
   */
  request(request: ApiRequest): Promise<ApiResponse>
  /**
   * A watch: resolves when the apiserver has begun to answer. The lines then come without a time limit other than the
   * signal. Errors as of {@link request}, of the lines too. Leaving the loop over the lines closes the connection.
   */
  stream(request: ApiStreamRequest): Promise<AsyncIterable<Buffer>>
  /** Breaks off what is under way and closes all connections. */
  close(): Promise<void>
}

export interface ApiClientOptions {
  readonly credentials: ApiserverCredentials
  readonly clock: Clock
  readonly userAgent: string
  /** The time limit of a request, milliseconds, retries and reading the body included; 30 s when left out. */
  readonly timeoutMs?: number
  readonly observer?: RequestObserver
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 8 * 2 ** 20
const ERROR_BODY_BYTES = 64 * 2 ** 10

function targetOf(server: URL, path: string, query: ApiQuery = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const prefix = server.pathname.replace(/\/$/, '')
  return parameters.size === 0 ? prefix + path : `${prefix}${path}?${parameters}`
}

/** @throws ApiError with the message of the Status in the body, if there is one. */
async function expectSuccess(response: Dispatcher.ResponseData, name: string, path: string): Promise<void> {
  if (response.statusCode >= 200 && response.statusCode < 300) return
  const body = await readBody(response.body, ERROR_BODY_BYTES, name).catch(() => Buffer.alloc(0))
  throw new ApiError(name, path, response.statusCode, parseIfJson(body))
}

/** The error that a caller gets for a failure of the request `name`. */
function failureAt(
  error: unknown,
  name: string,
  credentials: ApiserverCredentials,
  signal: AbortSignal | undefined,
): unknown {
  if (signal?.aborted) return signal.reason
  if (error instanceof ApiError || error instanceof ApiAnswerInvalid || error instanceof UnusableError) return error
  const detail = error instanceof Error ? error.message || error.name : String(error)
  const way = credentials.proxy === undefined ? '' : ` through the proxy ${proxyName(credentials.proxy)}`
  const problem = `no answer from the apiserver at ${credentials.server.host}${way}`
  return new ApiUnreachable(`${name}: ${problem}: ${detail}`, { cause: error })
}

/** A client of the apiserver behind `credentials`, on kept-alive connections of its own. */
export function createApiClient({ credentials, clock, userAgent, timeoutMs, observer }: ApiClientOptions): ApiClient {
  const connections = createConnections(credentials, clock)
  const send = createRequestSender({ credentials, connections, clock, userAgent, observer })
  credentials.onChange(() => connections.renew())
  const failureOf = (error: unknown, name: string, signal: AbortSignal | undefined) =>
    failureAt(error, name, credentials, signal)

  async function* linesOf(body: Dispatcher.ResponseData['body'], name: string, request: ApiStreamRequest) {
    try {
      yield* jsonLines(body, request.maxLineBytes ?? DEFAULT_MAX_BYTES)
    } catch (error) {
      throw failureOf(error, name, request.signal)
    } finally {
      body.destroy()
    }
  }

  return {
    async request(request) {
      const { method, path, accept = 'application/json', maxBytes = DEFAULT_MAX_BYTES } = request
      const name = `${method} ${path}`
      const beganMs = clock.monotonicMs()
      const deadline = startDeadline({ clock, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS, signal: request.signal })
      const body = request.body === undefined ? undefined : JSON.stringify(request.body)
      try {
        const target = targetOf(credentials.server, path, request.query)
        const response = await send({ kind: 'request', method, target, accept, body, signal: deadline.signal })
        await expectSuccess(response, name, path)
        const { statusCode: status, headers } = response
        return { status, headers, body: await readBody(response.body, maxBytes, name) }
      } catch (error) {
        throw failureOf(error, name, request.signal)
      } finally {
        deadline.clear()
        observer?.took(credentials.server.host, method, (clock.monotonicMs() - beganMs) / 1000)
      }
    },
    async stream(request) {
      const { path, accept = 'application/json', query } = request
      const name = `GET ${path} (watch)`
      const signal = request.signal ?? new AbortController().signal
      try {
        const target = targetOf(credentials.server, path, query)
        const response = await send({ kind: 'watch', method: 'GET', target, accept, body: undefined, signal })
        await expectSuccess(response, name, path)
        return linesOf(response.body, name, request)
      } catch (error) {
        throw failureOf(error, name, request.signal)
      }
    },
    close: () => connections.close(),
  }
}
