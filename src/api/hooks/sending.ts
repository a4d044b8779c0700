import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Logger } from '../../model/log.ts'
import type { Answer } from '../answer.ts'
import { firstHeader } from '../request/routed-request.ts'
import type { Connections } from '../server/connections.ts'
import { ClientGoneError, cutOff, isGone } from '../server/raw-messages.ts'
import { BATCH_BYTES, BigBody, type BodySenderOptions, createBodySender, writeHead } from '../server/send-body.ts'
import type { RequestContext } from './request-context.ts'

export interface SendingParts extends BodySenderOptions {
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
