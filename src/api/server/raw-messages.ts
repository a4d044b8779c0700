import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { RequestCredentials } from '../../model/identity.ts'

/** Who was to get an answer is gone. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'

  constructor(options?: ErrorOptions) {
    super('the client is gone', options)
  }
}

/** One for all: it is made for each request that was reviewed, and nobody reads its stack. */
const GONE = new ClientGoneError()

/** Aborts when the client is gone, or has its answer. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (isGone(response)) controller.abort(GONE)
  else response.once('close', () => controller.abort(GONE))
  return controller.signal
}

type ServerStream = ServerHttp2Stream & { readonly session?: ServerHttp2Session }

/**
 * The HTTP/2 stream of a request or answer that goes over one. Fastify's types, and node's HTTPS server's, know only those of
 * HTTP/1.1; what HTTP/2's have beside them is read here and nowhere else.
 */
export const streamOf = (message: IncomingMessage | ServerResponse): ServerStream | undefined =>
  (message as { readonly stream?: ServerStream }).stream

/** Whether an answer goes over HTTP/2. */
export const isHttp2 = (response: ServerResponse): boolean => streamOf(response) !== undefined

/** Whether nobody waits for an answer any more. Over HTTP/2 its stream says so, which a client can reset. */
export function isGone(response: ServerResponse): boolean {
  const stream = streamOf(response)
  return stream === undefined ? response.destroyed || response.closed : stream.destroyed || stream.closed
}

/**
 * Breaks an answer off, so that nobody takes a part for the whole: with an error on its HTTP/2 stream, which ends at once
 * and whether the client reads or not, or by the end of the HTTP/1.1 connection.
 */
export function cutOff(response: ServerResponse): void {
  const stream = streamOf(response)
  if (stream !== undefined) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    stream.destroy()
    return
  }
  response.destroy()
  // An answer that waits behind another has no socket yet.
  const socket: unknown = response.req?.socket
  if (socket instanceof Socket) socket.destroy()
}

/** The HTTP/2 session of a request that came over one. */
export const sessionOf = (request: IncomingMessage): ServerHttp2Session | undefined => streamOf(request)?.session

/** The credentials of a request. */
export function credentialsOf(request: IncomingMessage): RequestCredentials {
  const session = sessionOf(request)
  // The session's own view of its socket is one object as long as it lives; that of a request is another each time.
  // Once it is destroyed, asking it anything throws; nobody will read the answer then.
  const socket = session === undefined ? request.socket : session.destroyed ? undefined : session.socket
  return { rawHeaders: request.rawHeaders, connection: socket instanceof TLSSocket ? socket : undefined }
}
