import type { ServerResponse } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { Socket } from 'node:net'

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

/** The HTTP/2 stream of an answer that goes over one. */
const streamOf = (response: ServerResponse): ServerHttp2Stream | undefined =>
  (response as ServerResponse & { readonly stream?: ServerHttp2Stream }).stream

/** Whether an answer goes over HTTP/2. */
export const isHttp2 = (response: ServerResponse): boolean => streamOf(response) !== undefined

/** Whether nobody waits for an answer any more. Over HTTP/2 that is told by its stream, which a client can reset. */
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
