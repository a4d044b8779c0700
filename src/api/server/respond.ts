import type { FastifyReply } from 'fastify'
import type { Answer } from '../answer.ts'
import { gzipStream, maybeGzip, takesGzip } from '../encoding/gzip.ts'

const GZIP_THRESHOLD_BYTES = 128 * 1024
const GZIPPED = Object.freeze({ vary: 'Accept-Encoding', 'content-encoding': 'gzip' })

/** Compresses API answers that are big enough, for clients that take it (apiserver, responsewriters/writers.go). */
export async function compressed(answer: Answer, acceptEncoding: string | undefined): Promise<Answer> {
  const { body, headers, stream } = answer
  if (stream !== undefined && takesGzip(acceptEncoding)) {
    return { ...answer, stream: gzipStream(stream), headers: { ...headers, ...GZIPPED } }
  }
  if (body.length <= GZIP_THRESHOLD_BYTES || headers?.['content-encoding'] !== undefined) return answer
  const { body: smaller, encoding } = await maybeGzip(body, acceptEncoding)
  if (encoding === undefined) return answer
  const vary = headers?.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`
  return { ...answer, body: smaller, headers: { ...headers, vary, 'content-encoding': encoding } }
}

/** Sends an answer with the headers that every answer carries. */
export function respond(reply: FastifyReply, answer: Answer, auditId: string, lastOfConnection: boolean): void {
  reply.code(answer.status)
  reply.header('audit-id', auditId)
  reply.header('cache-control', 'no-cache, private')
  if (answer.contentType !== undefined) reply.header('content-type', answer.contentType)
  if (answer.headers !== undefined) reply.headers(answer.headers)
  if (lastOfConnection) reply.header('connection', 'close')
  // Without a type there must be no body either, or the framework would call it a stream of bytes.
  reply.send(answer.contentType === undefined ? undefined : (answer.stream ?? answer.body))
}
