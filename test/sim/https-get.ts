import https from 'node:https'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  readonly body: string
}

/** GET over a connection of its own; rejects when the connection breaks. */
export function httpsGet(url: string, options: https.RequestOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const request = https.get(url, { agent: false, ...options }, (response) => {
    const { statusCode = 0, headers } = response
    buffer(response).then((bytes) => resolve({ status: statusCode, headers, bytes, body: bytes.toString() }), reject)
  })
  request.on('error', reject)
  return promise
}
