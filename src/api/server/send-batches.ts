import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { ClientGoneError, isGone } from './client-gone.ts'

/** The least CPU for about the same size (apiserver v0.33, defaultGzipContentEncodingLevel). */
const GZIP_LEVEL = 1
const GZIP_BYTES = 64 * 1024

/** What batches go into on their way to the client: `response` itself, or what compresses for it. */
function sinkOf(response: ServerResponse, gzip: boolean): Writable {
  if (!gzip) return response
  const compressor = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_BYTES })
  compressor.pipe(response)
  return compressor
}

/**
 * Sends a body whose head has been written: each batch once the client has taken the one before it, so that not more than
 * one is held for a client, and others have their turn in between.
 * @throws ClientGoneError, or what the making of a batch throws; the answer is then not whole.
 */
export async function sendBatches(response: ServerResponse, batches: Iterable<Buffer>, gzip: boolean): Promise<void> {
  const sink = sinkOf(response, gzip)
  let fail: (error: Error) => void = () => {}
  const step = (begin: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      fail = reject
      if (isGone(response)) reject(new ClientGoneError())
      else begin((cause) => (cause ? reject(new ClientGoneError({ cause })) : resolve()))
    })
  const onClose = () => fail(new ClientGoneError())
  const onError = (cause: Error) => fail(new ClientGoneError({ cause }))
  response.once('close', onClose)
  response.once('error', onError)
  try {
    for (const batch of batches) await step((done) => void sink.write(batch, done))
    await step((done) => {
      response.once('finish', () => done())
      sink.end()
    })
  } finally {
    response.off('close', onClose)
    response.off('error', onError)
    if (sink !== response) sink.destroy()
  }
}
