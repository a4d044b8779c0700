import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Endpoint } from './faults.ts'

/** How an answer is sent that says what it should: other makers' kubelets, and proxies before them, do each of these. */
export type AnswerForm =
  /** Packed, though nobody asked for it. */
  | 'gzip'
  /** A byte order mark before the JSON. */
  | 'byte-order-mark'
  /** Status 103 comes before 200. */
  | 'early-hints'
  /** The exposition's last line has no line feed, and the length is told. */
  | 'no-last-line-feed'
  /** The exposition has a foreign series with a quoted name, as Prometheus 3 writes it. */
  | 'quoted-name'

/** The bytes of a body in such a form. Sets the headers, or sends the interim response, that go with it. */
export function inForm(form: AnswerForm, response: ServerResponse, endpoint: Endpoint, body: string): Buffer {
  switch (form) {
    case 'gzip':
      response.setHeader('Content-Encoding', 'gzip')
      return gzipSync(body)
    case 'byte-order-mark':
      return Buffer.from(endpoint === 'summary' ? `\ufeff${body}` : body)
    case 'early-hints':
      response.writeEarlyHints({ link: '</>; rel=preconnect' })
      return Buffer.from(body)
    case 'no-last-line-feed': {
      const bytes = Buffer.from(body.trimEnd())
      response.setHeader('Content-Length', bytes.length)
      return bytes
    }
    case 'quoted-name':
      return Buffer.from(endpoint === 'resource' ? `{"process.cpu.time",host="a"} 1\n${body}` : body)
  }
}
