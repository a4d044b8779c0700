import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { Clock } from '../../model/clock.ts'
import { ClientGoneError, cutOff, isGone, isHttp2 } from './raw-messages.ts'

/** What is sent at once, and what is held of a body for a client that is slow to take it. More than that is compressed. */
export const BATCH_BYTES: number = 128 * 1024 + 1

/** The least CPU for about the same size (apiserver v0.33, defaultGzipContentEncodingLevel). */
const GZIP_LEVEL = 1
const GZIP_BYTES = 64 * 1024
/** So many buffers of memory for batches are kept for the next bodies. */
const SPARE = 4

/**
 * Gathers chunks into batches, all but the last of them full. Each stands in the same memory: the next one may be asked
 * for once this one is no longer needed.
 */
export function* batchesOf(chunks: Iterable<Buffer>, memory: Buffer): Generator<Buffer> {
  let filled = 0
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(memory, filled, at)
      at += copied
      filled += copied
      if (filled < memory.length) continue
      yield memory
      filled = 0
    }
  }
  if (filled > 0) yield memory.subarray(0, filled)
}

/** A body of more than one batch, the first of which has been made. */
export class BigBody {
  /** How many bytes there will be, where that is known. */
  readonly bytes: number | undefined
  readonly first: Buffer
  readonly others: Iterator<Buffer>
  readonly memory: Buffer

  constructor(first: Buffer, others: Iterator<Buffer>, memory: Buffer, bytes: number | undefined) {
    this.first = first
    this.others = others
    this.memory = memory
    this.bytes = bytes
  }
}

/**
 * Whether a client takes gzip. As apiserver's negotiateContentEncoding has it, only the bare word counts: `gzip;q=1` and
 * `*` do not.
 */
const takesGzip = (acceptEncoding: string | undefined): boolean =>
  acceptEncoding?.split(',').some((token) => token.trim() === 'gzip') ?? false

/** What batches go into on their way to the client: `response` itself, or what compresses for it. */
function sinkOf(response: ServerResponse, gzip: boolean): Writable {
  if (!gzip) return response
  const compressor = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_BYTES })
  compressor.pipe(response)
  return compressor
}

/**
 * Sends batches after a head that has been written: each once the client has taken the one before it, so that not more than
 * one is held for a client, and others have their turn in between. Gives their bytes.
 * @throws ClientGoneError, or what the making of a batch throws; the answer is then not whole.
 */
async function sendBatches(response: ServerResponse, { first, others }: BigBody, gzip: boolean): Promise<number> {
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
  let bytes = 0
  try {
    for (let batch = first; ; ) {
      bytes += batch.length
      await step((done) => void sink.write(batch, done))
      const next = others.next()
      if (next.done) break
      batch = next.value
    }
    await step((done) => {
      response.once('finish', () => done())
      sink.end()
    })
    return bytes
  } finally {
    response.off('close', onClose)
    response.off('error', onError)
    if (sink !== response) sink.destroy()
    others.return?.()
  }
}

export interface BodySenderOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How long the sending of a body may take, milliseconds; a client that is slower is cut off, as by the Go server. */
  readonly requestTimeoutMs: number
}

export type ReplyHeaders = Readonly<Record<string, OutgoingHttpHeader | undefined>>

/** How a big body is sent. */
export interface SendingHead {
  readonly status: number
  readonly headers: ReplyHeaders
  readonly acceptEncoding: string | undefined
  /** The request is a HEAD: the answer has no body. */
  readonly headOnly: boolean
}

/** Sends bodies that are made as they are sent, at the pace of their clients. */
export interface BodySender {
  /** Makes the first batch. What fits into one is given as a whole. */
  begin(chunks: Iterable<Buffer>, bytes: number | undefined): Buffer | BigBody
  /**
   * Sends all of it, compressed off the event loop's thread for clients that take that (apiserver,
   * responsewriters/writers.go), and gives the bytes before compression.
   * @throws ClientGoneError, or what the making of the body throws; the answer is then not whole.
   */
  send(response: ServerResponse, head: SendingHead, body: BigBody): Promise<number>
}

/** Writes the head of an answer that is not in Fastify's hands. */
export function writeHead(response: ServerResponse, status: number, headers: ReplyHeaders): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
  response.writeHead(status)
}

export function createBodySender({ clock, requestTimeoutMs }: BodySenderOptions): BodySender {
  const spare: Buffer[] = []
  const giveBack = (memory: Buffer): void => {
    if (spare.length < SPARE) spare.push(memory)
  }
  const inTime = <T>(response: ServerResponse, sending: Promise<T>): Promise<T> => {
    const timer = clock.after(requestTimeoutMs, () => cutOff(response))
    return sending.finally(() => timer.cancel())
  }

  return {
    begin(chunks, bytes) {
      const memory = spare.pop() ?? Buffer.allocUnsafeSlow(BATCH_BYTES)
      const batches = batchesOf(chunks, memory)
      const { done, value: first } = batches.next()
      if (!done && first.length === BATCH_BYTES) return new BigBody(first, batches, memory, bytes)
      const whole = Buffer.from(first ?? [])
      giveBack(memory)
      return whole
    },
    async send(response, { status, headers, acceptEncoding, headOnly }, body) {
      const gzip = headers['content-encoding'] === undefined && takesGzip(acceptEncoding)
      const sent: Record<string, OutgoingHttpHeader | undefined> = { ...headers }
      if (gzip) {
        sent.vary = headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`
        sent['content-encoding'] = 'gzip'
      } else if (body.bytes !== undefined && (headOnly || !isHttp2(response))) {
        // Over HTTP/2 the end of such a body comes after its last byte. A client that counts bytes would have left by then, so
        // there is no Content-Length; the Go server sends none beyond 2 kB.
        sent['content-length'] = body.bytes
      }
      writeHead(response, status, sent)
      if (isHttp2(response)) response.flushHeaders()
      let bytes = body.first.length
      // Over HTTP/2 the stream has ended with such a head: what was written to it would wait for ever.
      if (headOnly) response.end()
      else bytes = await inTime(response, sendBatches(response, body, gzip))
      // Not after a failure: somebody may still be reading it.
      giveBack(body.memory)
      return bytes
    },
  }
}
