import type { IncomingMessage, ServerResponse } from 'node:http'

/** Whether a request comes with a body. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Reads a request's body without keeping it, so that the connection can serve the next request; beyond `maxBytes` the
 * connection is closed once the answer is out. On HTTP/2 nothing is read: node ends the stream with the answer.
 */
export function forgetBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  if (request.httpVersionMajor !== 1 || !hasBody(request)) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) return
    request.pause()
    if (response.writableFinished) request.socket.destroy()
    else response.once('finish', () => request.socket.destroy())
  })
}
