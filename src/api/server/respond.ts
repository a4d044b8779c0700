import type { FastifyReply } from 'fastify'
import type { Readable } from 'node:stream'
import type { Answer } from '../answer.ts'
import { maybeGzip } from '../encoding/gzip.ts'
import { streamOf, takesGzip } from './stream-pieces.ts'

const GZIP_THRESHOLD_BYTES = 128 * 1024

/** An answer as it goes out. */
export interface Sendable extends Omit<Answer, 'body'> {
  readonly body: Buffer | Readable
}

interface Whole extends Answer {
  readonly body: Buffer
}

/** An answer as this client takes it. */
export async function prepared(answer: Answer, acceptEncoding: string | undefined): Promise<Sendable> {
  const { body, headers } = answer
  if (Buffer.isBuffer(body)) return compressed({ ...answer, body }, acceptEncoding)
  const gzip = takesGzip(acceptEncoding)
  const encoded = gzip && { vary: 'Accept-Encoding', 'content-encoding': 'gzip' }
  return { ...answer, body: streamOf(body, gzip), headers: { ...headers, ...encoded } }
}

/** Compresses API answers that are big enough, for clients that take it (apiserver, responsewriters/writers.go). */
export async function compressed(answer: Whole, acceptEncoding: string | undefined): Promise<Whole> {
  const { body, headers } = answer
  if (body.length <= GZIP_THRESHOLD_BYTES || headers?.['content-encoding'] !== undefined) return answer
  const { body: smaller, encoding } = await maybeGzip(body, acceptEncoding)
  if (encoding === undefined) return answer
  const vary = headers?.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`
  return { ...answer, body: smaller, headers: { ...headers, vary, 'content-encoding': encoding } }
}

/** Sends an answer with the headers that every answer carries. */
export function respond(reply: FastifyReply, answer: Sendable, auditId: string, lastOfConnection: boolean): void {
  reply.code(answer.status)
  reply.header('audit-id', auditId)
  reply.header('cache-control', 'no-cache, private')
  if (answer.contentType !== undefined) reply.header('content-type', answer.contentType)
  if (answer.headers !== undefined) reply.headers(answer.headers)
  if (lastOfConnection) reply.header('connection', 'close')
  // Without a type there must be no body either, or the framework would call it a stream of bytes.
  reply.send(answer.contentType === undefined ? undefined : answer.body)
}
