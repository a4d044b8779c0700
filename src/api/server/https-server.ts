import type { RequestListener, Server } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import type { TlsMaterial, TlsOptions } from '../options.ts'
import type { Bounds } from './bounds.ts'

export type HttpsServer = https.Server | http2.Http2SecureServer

const SESSION_MEMORY_MIB = 1024
/** A front proxy sends a header for each of a user's groups, and some users are in many: the bytes are the bound. */
const MAX_HEADERS = 2000

/** What node makes a TLS context of. Without authorities no client certificate is trusted, not even a public one. */
export function secureContextOf(tls: TlsMaterial & Pick<TlsOptions, 'protocol'>): SecureContextOptions {
  const { cert, key, ca, protocol = { minVersion: 'TLSv1.2', honorCipherOrder: true } } = tls
  return { ...protocol, cert, key, ca: [...ca] }
}

/** Client certificates are asked for and never demanded: who has none may have a token, or be anonymous. */
const clientCertificates = { requestCert: true, rejectUnauthorized: false } as const

/**
 * Bounds of an HTTP/2 connection. nghttp2 itself ends connections that flood it with pings, settings or empty frames.
 * Outgoing data counts towards a session's memory and an aggregator sends everything over one session, so that bound has
 * to hold as many big lists as may be in flight.
 */
const http2Bounds = (bounds: Bounds, maxStreams: number): http2.SecureServerOptions => ({
  settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: bounds.maxHeaderBytes, enablePush: false },
  maxHeaderListPairs: MAX_HEADERS,
  maxSettings: 32,
  maxOutstandingPings: 10,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  maxSessionMemory: SESSION_MEMORY_MIB,
  // A rapid reset (CVE-2023-44487) is this many streams opened and cancelled at once, then this many a second.
  streamResetBurst: 500,
  streamResetRate: 50,
})

/** Makes the server, not yet listening: HTTP/2 and HTTP/1.1 by ALPN, or HTTP/1.1 alone. */
export function createHttpsServer(tls: TlsOptions, bounds: Bounds, onRequest: RequestListener): HttpsServer {
  const http1 = {
    headersTimeout: bounds.headersTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    keepAliveTimeout: bounds.idleTimeoutMs,
    maxHeaderSize: bounds.maxHeaderBytes,
    connectionsCheckingInterval: bounds.connectionsCheckMs,
  }
  const options = {
    ...secureContextOf(tls),
    ...clientCertificates,
    handshakeTimeout: bounds.handshakeTimeoutMs,
    // Big answers go in several writes: with Nagle's algorithm each would wait for the client's delayed acknowledgement.
    noDelay: true,
    ...http1,
  }
  const { http2: withHttp2 = true, http2MaxStreams = 100 } = tls
  if (!withHttp2) return bounded(https.createServer(options, onRequest), bounds, onRequest)
  const both = { ...options, ...http2Bounds(bounds, http2MaxStreams), allowHTTP1: true }
  // The compatibility API's requests and responses are node's own in all that is used here.
  const server = http2.createSecureServer(both, onRequest as unknown as Parameters<typeof http2.createSecureServer>[1])
  server.on('session', (session) => session.setTimeout(bounds.idleTimeoutMs, () => session.close()))
  return bounded(server, bounds, onRequest)
}

/**
 * Bodies are never wanted, so nobody is told to go on with one (`Expect: 100-continue`): the answer itself is final. A
 * client that does not take its answer is cut off once nothing has moved for as long as an idle connection may live.
 */
function bounded<S extends HttpsServer>(server: S, bounds: Bounds, onRequest: RequestListener): S {
  const emitter = server as unknown as Server
  emitter.maxHeadersCount = MAX_HEADERS
  emitter.on('checkContinue', onRequest)
  emitter.setTimeout(bounds.idleTimeoutMs)
  return server
}
