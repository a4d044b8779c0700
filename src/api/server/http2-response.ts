import { Http2ServerResponse, type OutgoingHttpHeaders } from 'node:http2'

/**
 * Node.js's response over HTTP/2, but that a body handed over with `end` ends its stream with its last DATA frame.
 *
 * Node.js leaves room for trailers, and ends with an empty frame up to 2 ms later. A client of the apiserver that counts
 * the bytes of Content-Length has left by then, and kube-apiserver logs its request as aborted. There are no trailers here.
 */
export class PromptHttp2Response extends Http2ServerResponse {
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
