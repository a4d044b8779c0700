import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import type { Readable } from 'node:stream'
import tls from 'node:tls'
import type { FrontProxy } from '../../access/authorities.ts'

/** Where the aggregated server is and how far it is trusted. */
export interface BackendAddress {
  readonly host: string
  readonly port: number
  /** Who signed its certificate, which is then checked for metrics-server.kube-system.svc; not checked when left out. */
  readonly caPem?: string
}

/** Header values; an array is sent as that many headers. */
export type BackendHeaders = Readonly<Record<string, string | readonly string[]>>

export interface BackendAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
}

const SERVICE_NAME = 'metrics-server.kube-system.svc'
const CONNECT_MS = 5000
/** So often Go's transport tries a request that the server has not begun with (golang.org/x/net/http2, canRetryError). */
const TRIES = 6

/** The connection to the aggregated server: one of HTTP/2 if it offers that, else kept-alive HTTP/1.1, as Go's transport. */
export class Backend {
  readonly #options: tls.ConnectionOptions
  readonly #agent: https.Agent
  #session: Promise<http2.ClientHttp2Session | undefined> | undefined

  constructor(address: BackendAddress, frontProxy: FrontProxy) {
    this.#options = {
      host: address.host,
      port: address.port,
      servername: SERVICE_NAME,
      cert: frontProxy.client.certPem,
      key: frontProxy.client.keyPem,
      ...(address.caPem === undefined ? { rejectUnauthorized: false } : { ca: address.caPem }),
    }
    this.#agent = new https.Agent({ ...this.#options, keepAlive: true, maxFreeSockets: 25 })
  }

  /** Rejects when the server is not to be reached or breaks off before its headers. */
  async request(method: string, path: string, headers: BackendHeaders, body?: Readable): Promise<BackendAnswer> {
    for (let left = TRIES; ; left--) {
      try {
        return await this.#once(method, path, headers, body)
      } catch (error) {
        if (left === 1 || body !== undefined || !(error instanceof NotBegunError)) throw error
      }
    }
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    const session = await this.#session?.catch(() => undefined)
    session?.destroy()
  }

  async #once(method: string, path: string, headers: BackendHeaders, body?: Readable): Promise<BackendAnswer> {
    const session = await this.#connected()
    if (session === undefined) return this.#overHttp1(method, path, headers, body)
    return overHttp2(session, { ':method': method, ':path': path, ':authority': SERVICE_NAME }, headers, body)
  }

  /** The open session; `undefined` when the server speaks HTTP/1.1 only. */
  #connected(): Promise<http2.ClientHttp2Session | undefined> {
    this.#session ??= this.#connect().catch((error: unknown) => {
      this.#session = undefined
      throw error
    })
    return this.#session
  }

  async #connect(): Promise<http2.ClientHttp2Session | undefined> {
    const socket = tls.connect({ ...this.#options, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) }).catch((error: unknown) => {
      socket.destroy()
      throw error
    })
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy()
      return undefined
    }
    const session = http2.connect(`https://${SERVICE_NAME}`, { createConnection: () => socket })
    const forget = (): void => {
      this.#session = undefined
    }
    session.on('error', forget).on('close', forget).on('goaway', forget)
    return session
  }

  async #overHttp1(
    method: string,
    path: string,
    headers: BackendHeaders,
    body: Readable | undefined,
  ): Promise<BackendAnswer> {
    const own = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, typeof v === 'string' ? v : [...v]]))
    const request = https.request({ ...this.#options, agent: this.#agent, method, path, headers: own })
    // A server that has come back may speak HTTP/2 now.
    request.on('error', () => {
      this.#session = undefined
    })
    if (body === undefined) request.end()
    else body.pipe(request)
    const [response] = await once(request, 'response')
    return { status: response.statusCode, headers: response.headers, body: response }
  }
}

/** The server is going away and has not begun with the request (RFC 9113, 6.8 and 8.7). */
class NotBegunError extends Error {
  override readonly name = 'NotBegunError'
}

async function overHttp2(
  session: http2.ClientHttp2Session,
  pseudo: Record<string, string>,
  headers: BackendHeaders,
  body: Readable | undefined,
): Promise<BackendAnswer> {
  if (session.closed || session.destroyed) throw new NotBegunError('the connection is going away')
  const stream = session.request({ ...pseudo, ...headers } as http2.OutgoingHttpHeaders, {
    endStream: body === undefined,
  })
  body?.pipe(stream)
  // A session that ends takes its streams with it without an error.
  const closed = new AbortController()
  stream.once('close', () => closed.abort(new Error('the connection was closed')))
  const [answer] = await once(stream, 'response', { signal: closed.signal }).catch((error: unknown) => {
    const isRefused = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM
    throw isRefused ? new NotBegunError('the server refused the stream', { cause: error }) : error
  })
  const { ':status': status, ...rest } = answer
  return { status: Number(status ?? 502), headers: rest, body: stream }
}
