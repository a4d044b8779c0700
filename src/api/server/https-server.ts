import type { RequestListener, Server } from 'node:http'
import http2 from 'node:http2'
import { Http2ServerResponse, type OutgoingHttpHeaders } from 'node:http2'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import type { Logger } from '../../model/log.ts'
import type { NamedPair, TlsMaterial, TlsOptions } from '../options.ts'
import type { Bounds } from './bounds.ts'

/** The TLS contexts of a server, one for each certificate that it may show. */
interface TlsContexts {
  /** That of `cert` and `key`, for the server itself. */
  options(): SecureContextOptions
  /** Node's SNICallback: called only when a client asks for a name. */
  forName(name: string, done: (error: Error | null, context?: SecureContext) => void): void
  /** What a client that asks for no name is shown at this address of ours; `undefined`: the server's own. */
  pairAt(address: string): NamedPair | undefined
  optionsOf(pair: NamedPair): SecureContextOptions
  renew(material: TlsMaterial): void
}

/**
 * Makes the contexts, those of named certificates when first asked for. Without authorities no client certificate is
 * trusted, not even a public one.
 */
function createTlsContexts(tls: TlsOptions): TlsContexts {
  const { protocol = { minVersion: 'TLSv1.2', honorCipherOrder: true } } = tls
  let material: TlsMaterial = tls
  let named = new Map<NamedPair | undefined, SecureContext>()

  const optionsOf = ({ certPem: cert, keyPem: key }: NamedPair): SecureContextOptions => ({
    ...protocol,
    cert,
    key,
    ca: [...material.ca],
  })
  const options = () => optionsOf({ certPem: material.cert, keyPem: material.key })

  function contextOf(pair: NamedPair | undefined): SecureContext {
    let context = named.get(pair)
    if (context === undefined) {
      context = createSecureContext(pair === undefined ? options() : optionsOf(pair))
      named.set(pair, context)
    }
    return context
  }
  return {
    options,
    optionsOf,
    forName(name, done) {
      try {
        // Never left to the server's own context, which may be that of an address.
        done(null, contextOf(material.choose?.(name)))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
    pairAt: (address) => material.choose?.(address),
    renew(next) {
      material = next
      named = new Map()
    },
  }
}

export type HttpsServer = https.Server | http2.Http2SecureServer

/** A server whose certificates can be replaced. */
export interface RenewableServer {
  readonly server: HttpsServer
  /** For new connections. */
  renew(material: TlsMaterial): void
}

/** Client certificates are requested and never required: a client without one may have a token, or be anonymous. */
const clientCertificates = { requestCert: true, rejectUnauthorized: false } as const

/** What Node.js itself bounds of an HTTP/2 connection, beside the floods of frames that nghttp2 knows. */
const http2Bounds = (bounds: Bounds, maxStreams: number): http2.SecureServerOptions => ({
  settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: bounds.maxHeaderBytes, enablePush: false },
  maxHeaderListPairs: bounds.maxProxyHeaders,
  maxSettings: bounds.maxSettings,
  maxOutstandingPings: bounds.maxOutstandingPings,
  maxSessionInvalidFrames: bounds.maxInvalidFrames,
  maxSessionRejectedStreams: bounds.maxRejectedStreams,
  maxSessionMemory: bounds.maxSessionMemoryMib,
  streamResetBurst: bounds.streamResetBurst,
  streamResetRate: bounds.streamResetRate,
})

/** Makes the server, not yet listening: HTTP/2 and HTTP/1.1 by ALPN, or HTTP/1.1 alone. */
export function createHttpsServer(tls: TlsOptions, bounds: Bounds, onRequest: RequestListener): RenewableServer {
  const contexts = createTlsContexts(tls)
  const server = createServer(tls, contexts, bounds, onRequest)
  return { server, renew: certificatesByAddress(server, contexts) }
}

/**
 * A client that asks for no name is shown the certificate of the address that it came to (apiserver, pkg/server/
 * dynamiccertificates/tlsconfig.go, GetConfigForClient). Node takes the server's own certificate for it, before it knows:
 * so that one is changed where a connection comes to another kind of address than the one before. Gives what renews them.
 */
function certificatesByAddress(server: HttpsServer, contexts: TlsContexts): (material: TlsMaterial) => void {
  let shown: NamedPair | undefined
  server.prependListener('connection', ({ localAddress = '' }: Socket) => {
    const pair = contexts.pairAt(localAddress.replace(/^::ffff:(?=\d)/, ''))
    if (pair === shown) return
    shown = pair
    server.setSecureContext(pair === undefined ? contexts.options() : contexts.optionsOf(pair))
  })
  return (material) => {
    contexts.renew(material)
    shown = undefined
    server.setSecureContext(contexts.options())
  }
}

function createServer(tls: TlsOptions, contexts: TlsContexts, bounds: Bounds, onRequest: RequestListener): HttpsServer {
  const http1 = {
    headersTimeout: bounds.headersTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.idleTimeoutMs,
    maxHeaderSize: bounds.maxHeaderBytes,
    connectionsCheckingInterval: bounds.connectionsCheckMs,
    // Refused with a word, see addHeadChecks in hooks/request-context.ts.
    requireHostHeader: false,
  }
  const options = {
    ...contexts.options(),
    ...(tls.choose !== undefined && { SNICallback: contexts.forName }),
    ...clientCertificates,
    handshakeTimeout: bounds.handshakeTimeoutMs,
    // Big answers go in several writes: with Nagle's algorithm each would wait for the client's delayed acknowledgement.
    noDelay: true,
    ...http1,
  }
  const { http2: withHttp2 = true, http2MaxStreams = 100 } = tls
  if (!withHttp2) return bounded(https.createServer(options, onRequest), bounds, onRequest)
  const both = {
    ...{ ...options, ...http2Bounds(bounds, http2MaxStreams), allowHTTP1: true },
    Http2ServerResponse: PromptHttp2Response,
  }
  // The compatibility API's requests and responses are node's own in all that is used here.
  const server = http2.createSecureServer(both, onRequest as unknown as Parameters<typeof http2.createSecureServer>[1])
  server.prependListener('secureConnection', forgetVerdict)
  return bounded(server, bounds, onRequest)
}

/**
 * A client certificate whose issuer has the name of one of our authorities, but another key, leaves OpenSSL's word on its
 * signature in the thread's queue of errors, and node's HTTP/2 takes that for a failure of the session's first write: the
 * client would be cut off, though it may have a token or should get a 401. Looking at the certificate empties the queue.
 */
function forgetVerdict(socket: TLSSocket): void {
  socket.getPeerX509Certificate()
}

/**
 * Bodies are never wanted, so no client is asked to send one (`Expect: 100-continue`): the answer itself is final. What
 * Node.js does on a timeout is to destroy: an HTTP/1.1 connection, or an HTTP/2 session with its streams.
 */
function bounded<S extends HttpsServer>(server: S, bounds: Bounds, onRequest: RequestListener): S {
  const emitter = server as unknown as Server
  emitter.on('checkContinue', onRequest)
  emitter.setTimeout(bounds.idleTimeoutMs)
  return server
}

/**
 * Node.js's response over HTTP/2, but that a body handed over with `end` ends its stream with its last DATA frame.
 *
 * Node.js leaves room for trailers, and ends with an empty frame up to 2 ms later. A client of the apiserver that counts
 * the bytes of Content-Length has left by then, and kube-apiserver logs its request as aborted. There are no trailers here.
 */
class PromptHttp2Response extends Http2ServerResponse {
  /** The head goes out with the first bytes of the body, when it is known whether they are the last. */
  override writeHead(status: number, ...rest: readonly unknown[]): this {
    const headers = (typeof rest[0] === 'string' ? rest[1] : rest[0]) as OutgoingHttpHeaders | undefined
    for (const name in headers) {
      const value = headers[name]
      if (value !== undefined) this.setHeader(name, value)
    }
    this.statusCode = status
    return this
  }

  flushHeaders(): void {
    if (!this.headersSent) super.writeHead(this.statusCode)
  }

  override write(...args: readonly unknown[]): boolean {
    this.flushHeaders()
    return super.write(...(args as Parameters<Http2ServerResponse['write']>))
  }

  override end(...args: readonly unknown[]): this {
    const { stream } = this
    if (this.headersSent || stream.destroyed || stream.closed) return this.#end(args)
    const [body] = args
    const hasBody = (Buffer.isBuffer(body) || typeof body === 'string') && body.length > 0
    const headers = this.getHeaders()
    headers[':status'] = this.statusCode
    stream.respond(headers, { endStream: !hasBody })
    // After the head of an answer to HEAD, or of one that has no body, the stream has ended by itself.
    if (hasBody && !stream.writableEnded) stream.end(body)
    return this.#end(args.filter((one) => typeof one === 'function'))
  }

  #end(args: readonly unknown[]): this {
    super.end(...(args as Parameters<Http2ServerResponse['end']>))
    return this
  }
}

const ANSWERS = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Request Entity Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])

/**
 * Until a refused connection is gone. The end of one with bytes that nobody has read is a reset, which can overtake the
 * answer (net/http, rstAvoidanceDelay).
 */
const LINGER_MS = 500

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '')

/**
 * Answers what is no request, in the Go server's words, and closes the connection. A failed handshake gets no answer, nor
 * does what follows a request that has none yet: its client would take the one for the other.
 */
export function createClientErrorHandler(
  log: Logger,
  clock: Pick<Clock, 'after'>,
  { isAnswering }: { isAnswering(socket: object): boolean },
) {
  const refused = new WeakSet<Duplex>()
  return (error: Error, socket: Duplex): void => {
    // What it goes on to send is no request either.
    if (refused.has(socket)) return
    const code = codeOf(error)
    log.verbose(4, 'Received no valid HTTP request on a connection', { err: code })
    const isHttp = code.startsWith('HPE_') || ANSWERS.has(code)
    if (!isHttp || !socket.writable) {
      socket.destroy()
      return
    }
    refused.add(socket)
    const status = ANSWERS.get(code) ?? '400 Bad Request'
    const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n`
    if (isAnswering(socket)) socket.end()
    else socket.end(head + status)
    clock.after(LINGER_MS, () => socket.destroy())
  }
}
