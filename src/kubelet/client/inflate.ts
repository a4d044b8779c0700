import { createUnzip } from 'node:zlib'
import { type BodyPool, PooledBody } from './body-pool.ts'
import { RefusedAnswerError } from './exchange.ts'

/** Undoes gzip and zlib ("deflate"), on the thread pool and never in the event loop. */
export interface Inflater {
  /**
   * What `body` becomes, which is read until this settles.
   * @throws RefusedAnswerError when that is more than the bound, or `body` is cut or not what it says.
   */
  inflate(body: Buffer): Promise<PooledBody>
}

/** What is inflated between two looks at the bound. */
const PIECE_BYTES = 64 * 1024

/** Piece by piece: the pieces of a whole list would wait for a full collection, each bomb's 16 MiB beside the last one's. */
function unzipWithin(body: Buffer, inflated: PooledBody, maxBytes: number): Promise<PooledBody> {
  const { promise, resolve, reject } = Promise.withResolvers<PooledBody>()
  const unzip = createUnzip({ chunkSize: PIECE_BYTES })
  const refuse = (error: RefusedAnswerError): void => {
    inflated.release()
    reject(error)
  }
  unzip.on('data', (piece: Buffer) => {
    if (unzip.destroyed || inflated.append(piece)) return
    unzip.destroy()
    refuse(new RefusedAnswerError('too-large', `the answer is longer than ${maxBytes} bytes when inflated`))
  })
  unzip.on('error', () =>
    refuse(new RefusedAnswerError('malformed', 'the answer cannot be inflated: it is cut, or no gzip')),
  )
  unzip.on('end', () => resolve(inflated))
  unzip.end(body)
  return promise
}

/**
 * One body is inflated at a time: a small answer may become one of `maxBytes`, and many nodes that send such at once must
 * not cost that many times the memory.
 */
export function createInflater(bodies: BodyPool, maxBytes: number): Inflater {
  let last: Promise<unknown> = Promise.resolve()
  return {
    inflate(body) {
      const next = last.then(() => unzipWithin(body, new PooledBody(bodies, maxBytes), maxBytes))
      last = next.catch(() => {})
      return next
    },
  }
}
