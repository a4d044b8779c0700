import type { IncomingMessage, ServerResponse } from 'node:http'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers a request in place of the server; may leave it open, cut it off, or write what it likes. */
export type Handler = (request: ReceivedRequest, response: ServerResponse) => void

export function respond(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** A handler that answers with a Status, as the apiserver words its failures. */
export const fail =
  (code: number, reason: string, message: string, headers = {}): Handler =>
  (_request, response) =>
    respond(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code }, headers)

/** A handler that never answers. */
export const hang: Handler = () => undefined

/** A handler that cuts the connection without an answer. */
export const drop: Handler = (_request, response) => void response.socket?.destroy()

/** A handler that answers 200 with these bytes, and leaves the answer open when `open` is true. */
export const send =
  (chunks: readonly (string | Buffer)[], open = false): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    for (const chunk of chunks) response.write(chunk)
    if (!open) response.end()
  }
