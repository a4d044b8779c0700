import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../model/clock.ts'
import type { Logger } from '../../model/log.ts'
import type { User } from '../../model/identity.ts'
import type { Answered } from '../accounting/answered.ts'
import type { Answer } from '../answer.ts'
import { firstHeader, negotiationOf } from '../exchange.ts'
import type { FailedRequest } from '../error-answer.ts'
import { auditId } from '../request/audit-id.ts'
import { parseRequestTarget, type RequestTarget } from '../request/request-target.ts'
import type { RequestObserver } from '../serve.ts'
import { ClientGoneError, goneSignal, isGone } from './client-gone.ts'
import { sessionOf } from './evidence.ts'
import { createResponder, type ResponderOptions } from './respond.ts'
import { forgetBody } from './unwanted-body.ts'

export interface RequestHandling extends ResponderOptions {
  serve(request: IncomingMessage, target: RequestTarget, observer: RequestObserver): Promise<Answer>
  errorAnswer(error: unknown, request: FailedRequest): Answer
  newId(): string
  isClosing(): boolean
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** Told of every answer to a proper request as it begins to go out. */
  readonly answered: Answered | undefined
  readonly maxDrainBytes: number
  readonly log: Logger
}

const ANYBODY = 'system:unauthenticated'

/**
 * Frees a request's place once its answer is out, or its client gone: that may have been while it was asked who the client
 * is, and is not told a second time.
 */
function freeAfterwards(response: ServerResponse, release: () => void): void {
  if (isGone(response) || response.writableFinished) {
    release()
    return
  }
  response.once('finish', release)
  response.once('close', release)
}

/** What has no proper target is answered before any filter, as Go's HTTP server does. */
function refuseTarget(request: IncomingMessage, response: ServerResponse): void {
  const text = '400 Bad Request'
  response.writeHead(400, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': text.length,
    ...(request.httpVersionMajor === 1 && { connection: 'close' }),
  })
  response.end(text)
}

/**
 * Handles a request from its first byte to its answer's last.
 *
 * HTTP/2 connections are for those who say who they are: whoever stays anonymous is told to go away with the answer
 * (apiserver, feature UnauthenticatedHTTP2DOSMitigation).
 */
export function createRequestHandler(handling: RequestHandling) {
  const { serve, errorAnswer, newId, isClosing, clock, answered, maxDrainBytes, log } = handling
  const respond = createResponder(handling)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganMs = clock.monotonicMs()
    forgetBody(request, response, maxDrainBytes)
    const target = parseRequestTarget(request.url ?? '')
    if (target === undefined) {
      refuseTarget(request, response)
      return
    }
    if (target.path === '*' && request.method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      response.writeHead(200, { 'content-length': 0 }).end()
      return
    }
    const id = auditId(request.headers['audit-id'], newId)
    let user: User | undefined
    const observer: RequestObserver = {
      entered: (release) => freeAfterwards(response, release),
      identified: (who) => {
        user = who
      },
      gone: () => goneSignal(response),
    }
    const send = (answer: Answer): Promise<void> => {
      if (answer.status === 401 || user?.groups.includes(ANYBODY)) sessionOf(request)?.close()
      const acceptEncoding = firstHeader(request.rawHeaders, 'accept-encoding')
      const lastOfConnection = request.httpVersionMajor === 1 && isClosing()
      const begins = () => answered?.(request.method ?? 'GET', target, answer.status, beganMs)
      const headOnly = request.method === 'HEAD'
      return respond(response, answer, { auditId: id, acceptEncoding, headOnly, lastOfConnection, begins })
    }
    try {
      await send(await serve(request, target, observer))
    } catch (error) {
      // Of a list that failed half-way nothing can be taken back.
      if (response.headersSent || error instanceof ClientGoneError) throw error
      const { headers, rawHeaders } = request
      const negotiation = negotiationOf({ headers, rawHeaders, target })
      await send(errorAnswer(error, { negotiation, rawTarget: target.raw, auditId: id }))
    }
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      if (!(error instanceof ClientGoneError)) {
        log.error('an answer could not be sent', { request: request.url, cause: error })
      }
      // Cut off, so that nobody takes a part for the whole.
      response.destroy()
    })
  }
}
