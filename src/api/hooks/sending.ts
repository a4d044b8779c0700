import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Clock } from '../../model/clock.ts'
import type { Logger } from '../../model/log.ts'
import type { Answer } from '../answer.ts'
import { firstHeader } from '../request/request-target.ts'
import type { Connections } from '../server/connections.ts'
import { ClientGoneError, cutOff, isGone, isHttp2 } from '../server/raw-messages.ts'
import { isAnonymous } from './in-flight-limit.ts'
import type { RequestContext } from './request-context.ts'

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
class BigBody {
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

interface BodySenderOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How long the sending of a body may take, milliseconds; a client that is slower is cut off, as by the Go server. */
  readonly requestTimeoutMs: number
}

type ReplyHeaders = Readonly<Record<string, OutgoingHttpHeader | undefined>>

/** How a big body is sent. */
interface SendingHead {
  readonly status: number
  readonly headers: ReplyHeaders
  readonly acceptEncoding: string | undefined
  /** The request is a HEAD: the answer has no body. */
  readonly headOnly: boolean
}

/** Sends bodies that are made as they are sent, at the pace of their clients. */
interface BodySender {
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
function writeHead(response: ServerResponse, status: number, headers: ReplyHeaders): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
  response.writeHead(status)
}

function createBodySender({ clock, requestTimeoutMs }: BodySenderOptions): BodySender {
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

interface SendingParts extends BodySenderOptions {
  readonly connections: Pick<Connections, 'answered'>
  readonly log: Logger
}

declare module 'fastify' {
  interface FastifyReply {
    /** Sends an answer, unless another has been sent; throws where its body cannot be begun. */
    answer(answer: Answer): void
  }
}

/** More than this Fastify writes in parts over HTTP/2, and then the stream does not end with its last bytes. */
const WRITTEN_AT_ONCE = 64 * 1024
const WITHOUT_LENGTH: ReadonlySet<number> = new Set([204, 304])

const asItIs = (payload: unknown): string => payload as string

/** Adds `reply.answer` and what all answers go through on their way out; all other hooks of `onSend` come before. */
export function addSending(app: FastifyInstance, parts: SendingParts): void {
  const { connections, log } = parts
  const sender = createBodySender(parts)

  app.decorateReply('answer', function (this: FastifyReply, { status, contentType, headers, body }: Answer): void {
    if (this.sent) return
    const payload = Buffer.isBuffer(body) ? inBatches(body) : sender.begin(body.chunks, body.bytes)
    this.code(status)
    if (contentType !== undefined) this.type(contentType)
    if (headers !== undefined) this.headers(headers)
    if (payload instanceof BigBody) this.serializer(asItIs).send(payload)
    else if (payload.length > 0) this.send(payload)
    else {
      if (!WITHOUT_LENGTH.has(status)) this.header('content-length', '0')
      this.send()
    }
  })

  const inBatches = (body: Buffer): Buffer | BigBody =>
    body.length < BATCH_BYTES ? body : sender.begin([body], body.length)

  function handedOn(reply: FastifyReply, context: RequestContext, bytes: number | undefined): void {
    if (bytes !== undefined) connections.answered(reply.request.raw, reply.raw, bytes)
    for (const callback of context.afterReply) callback(bytes)
  }

  /** Sends what Fastify would not send as it has to be sent. */
  async function sendBig(reply: FastifyReply, context: RequestContext, payload: Buffer | BigBody): Promise<void> {
    const { raw: response, statusCode: status } = reply
    const headers = reply.getHeaders()
    if (Buffer.isBuffer(payload)) {
      writeHead(response, status, { ...headers, 'content-length': payload.length })
      response.end(payload)
      handedOn(reply, context, payload.length)
      return
    }
    try {
      const acceptEncoding = firstHeader(context.rawHeaders, 'accept-encoding')
      const head = { status, headers, acceptEncoding, headOnly: context.method === 'HEAD' }
      handedOn(reply, context, await sender.send(response, head, payload))
    } catch (error) {
      // Of a list that failed half-way nothing can be taken back.
      if (!(error instanceof ClientGoneError)) {
        log.error('Failed to send a response', { err: error, request: context.target.raw })
      }
      cutOff(response)
      handedOn(reply, context, undefined)
    }
  }

  app.addHook('onSend', (request, reply, payload: unknown, done) => {
    const { context } = request
    if (context === undefined) {
      done()
      return
    }
    const isBig = payload instanceof BigBody || (Buffer.isBuffer(payload) && payload.length > WRITTEN_AT_ONCE)
    if (isBig) {
      // A stream in Fastify's hands holds two batches a client and, when it fails, ends as if it were whole. This one is made in
      // one buffer, no part of it before the client has taken the one before, and breaks off with an error.
      reply.hijack()
      void sendBig(reply, context, payload)
      return
    }
    // Fastify writes it within this call.
    done()
    handedOn(reply, context, Buffer.isBuffer(payload) ? payload.length : 0)
  })
}

/** Stops answers that nobody waits for any more before anything is counted or set; comes before all other hooks of `onSend`. */
export function addGoneCheck(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (isGone(reply.raw)) request.context?.deadline?.cancel()
    else done()
  })
}

interface ReplyHeadersParts {
  readonly connections: Connections
  isClosing(): boolean
}

/**
 * Sets the headers that every answer carries.
 *
 * An HTTP/2 connection whose client stays anonymous ends with the answer (apiserver, feature
 * UnauthenticatedHTTP2DOSMitigation).
 */
export function addReplyHeaders(app: FastifyInstance, { connections, isClosing }: ReplyHeadersParts): void {
  app.addHook('onSend', ({ raw, id, context }, reply, _payload, done) => {
    if (context !== undefined) {
      const { user } = context
      if (reply.statusCode === 401 || (user !== undefined && isAnonymous(user))) connections.dismiss(raw)
      reply.header('audit-id', id)
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache, private')
      if (raw.httpVersionMajor === 1 && isClosing()) reply.header('connection', 'close')
    }
    done()
  })
}
