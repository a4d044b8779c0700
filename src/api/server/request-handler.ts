import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { User } from '../../model/identity.ts'
import type { Answered } from '../accounting/answered.ts'
import type { Answer } from '../answer.ts'
import { firstHeader, negotiationOf } from '../exchange.ts'
import type { FailedRequest } from '../error-answer.ts'
import { auditId } from '../request/audit-id.ts'
import { parseRequestTarget, type RequestTarget } from '../request/request-target.ts'
import type { RequestObserver } from '../serve.ts'
import { sessionOf } from './evidence.ts'
import { prepared, respond } from './respond.ts'
import { forgetBody } from './unwanted-body.ts'

export interface RequestHandling {
  serve(request: IncomingMessage, target: RequestTarget, observer: RequestObserver): Promise<Answer>
  errorAnswer(error: unknown, request: FailedRequest): Answer
  newId(): string
  isClosing(): boolean
  /** The monotonic clock, milliseconds. */
  now(): number
  readonly answered: Answered | undefined
  readonly maxDrainBytes: number
}

const ANYBODY = 'system:unauthenticated'

/** Frees a request's place once its answer is out, or its client gone. */
function freeAfterwards({ raw }: FastifyReply, release: () => void): void {
  raw.once('finish', release)
  raw.once('close', release)
}

/** What has no proper target is answered before any filter, as Go's HTTP server does. */
function refuseTarget(reply: FastifyReply): void {
  reply.code(400).header('content-type', 'text/plain; charset=utf-8')
  if (reply.raw.req.httpVersionMajor === 1) reply.header('connection', 'close')
  reply.send('400 Bad Request')
}

/**
 * Handles a request from its first byte to its answer's last.
 *
 * HTTP/2 connections are for those who say who they are: whoever stays anonymous is told to go away with the answer
 * (apiserver, feature UnauthenticatedHTTP2DOSMitigation).
 */
export function createRequestHandler(handling: RequestHandling) {
  const { serve, errorAnswer, newId, isClosing, now, answered, maxDrainBytes } = handling

  async function answerTo(raw: IncomingMessage, target: RequestTarget, id: string, observer: RequestObserver) {
    const { headers, rawHeaders } = raw
    try {
      return await serve(raw, target, observer)
    } catch (error) {
      const negotiation = negotiationOf({ headers, rawHeaders, target })
      return errorAnswer(error, { negotiation, rawTarget: target.raw, auditId: id })
    }
  }

  return async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const beganMs = now()
    forgetBody(raw, reply.raw, maxDrainBytes)
    const target = parseRequestTarget(raw.url ?? '')
    if (target === undefined) {
      refuseTarget(reply)
      return reply
    }
    if (target.path === '*' && raw.method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      reply.send()
      return reply
    }
    const id = auditId(raw.headers['audit-id'], newId)
    let user: User | undefined
    const answer = await answerTo(raw, target, id, {
      entered: (release) => freeAfterwards(reply, release),
      identified: (who) => {
        user = who
      },
    })
    if (answer.status === 401 || user?.groups.includes(ANYBODY)) sessionOf(raw)?.close()
    answered?.(raw.method ?? 'GET', target, answer, beganMs)
    const sendable = await prepared(answer, firstHeader(raw.rawHeaders, 'accept-encoding'))
    respond(reply, sendable, id, raw.httpVersionMajor === 1 && isClosing())
    return reply
  }
}
