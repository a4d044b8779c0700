import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../model/clock.ts'
import type { LogFields, Logger } from '../../model/log.ts'
import type { Answered } from '../accounting/answered.ts'
import type { Answer } from '../answer.ts'
import { firstHeader, negotiationOf } from '../exchange.ts'
import type { FailedRequest } from '../error-answer.ts'
import { ANYBODY } from '../filters/in-flight.ts'
import { auditId } from '../request/audit-id.ts'
import { parseRequestTarget, type RequestTarget } from '../request/request-target.ts'
import type { RequestObserver } from '../serve.ts'
import type { Bounds } from './bounds.ts'
import { ClientGoneError, cutOff, goneSignal, isGone } from './client-gone.ts'
import type { Connections } from './connections.ts'
import { type HeadProblem, headProblem } from './request-head.ts'
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
  readonly connections: Connections
  readonly bounds: Bounds
  readonly log: Logger
}

/**
 * The place of a request in flight. It is free once the answer has been handed on, whether the client reads it or not, or
 * when the client is gone: that may have been while it was asked who the client is.
 */
function createPlace(response: ServerResponse) {
  let over = false
  let free = () => {}
  return {
    take(release: () => void): void {
      if (over || isGone(response)) {
        release()
        return
      }
      free = release
      response.once('close', release)
    },
    leave(): void {
      over = true
      free()
    },
  }
}

/** What is no proper request is answered before any filter, as Go's HTTP server does. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, text }: HeadProblem): void {
  const body = status === 501 ? 'Unsupported transfer encoding' : `${status} ${text}`
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length }
  if (request.httpVersionMajor === 1) response.writeHead(status, text, { ...headers, connection: 'close' })
  else response.writeHead(status, headers)
  response.end(body)
}

/** A request for the log, in the Go server's words (apiserver, pkg/server/httplog/httplog.go). */
function requestFields(request: IncomingMessage, status: number, id: string, tookMs: number): LogFields {
  const { method: verb, url: URI, headers, socket } = request
  return {
    verb,
    URI,
    latency: `${tookMs.toFixed(3)}ms`,
    userAgent: headers['user-agent'] ?? '',
    'audit-ID': id,
    srcIP: `${socket.remoteAddress}:${socket.remotePort}`,
    resp: status,
  }
}

/**
 * Handles a request from its first byte to its answer's last.
 *
 * HTTP/2 connections are for those who say who they are: whoever stays anonymous is told to go away with the answer
 * (apiserver, feature UnauthenticatedHTTP2DOSMitigation).
 */
export function createRequestHandler(handling: RequestHandling) {
  const { serve, errorAnswer, newId, isClosing, clock, answered, connections, bounds, log } = handling
  const respond = createResponder(handling)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const beganMs = clock.monotonicMs()
    forgetBody(request, response, bounds.maxDrainBytes)
    const problem = headProblem(request, bounds, connections.isFrontProxy(request))
    const target = parseRequestTarget(request.url ?? '')
    if (problem !== undefined || target === undefined) {
      refuse(request, response, problem ?? { status: 400, text: 'Bad Request' })
      if (problem?.status === 431) connections.dismiss(request)
      return
    }
    if (target.path === '*' && request.method === 'OPTIONS') {
      // Asks about the server, not about anything that it serves: Go's HTTP server answers that by itself.
      response.writeHead(200, { 'content-length': 0 }).end()
      return
    }
    const id = auditId(request.headers['audit-id'], newId)
    const place = createPlace(response)
    let anybody = false
    const observer: RequestObserver = {
      entered: place.take,
      identified({ groups }) {
        anybody = groups.includes(ANYBODY)
        if (!anybody) connections.authenticated(request)
      },
      gone: () => goneSignal(response),
    }
    const send = async (answer: Answer): Promise<void> => {
      if (answer.status === 401 || anybody) connections.dismiss(request)
      const acceptEncoding = firstHeader(request.rawHeaders, 'accept-encoding')
      const lastOfConnection = request.httpVersionMajor === 1 && isClosing()
      const begins = () => {
        log.verbose(4, 'HTTP', () => requestFields(request, answer.status, id, clock.monotonicMs() - beganMs))
        return answered?.(request.method ?? 'GET', target, answer.status, beganMs)
      }
      const headOnly = request.method === 'HEAD'
      const circumstances = { auditId: id, acceptEncoding, headOnly, lastOfConnection, begins }
      connections.answered(request, response, await respond(response, answer, circumstances))
    }
    try {
      await send(await serve(request, target, observer))
    } catch (error) {
      // Of a list that failed half-way nothing can be taken back.
      if (response.headersSent || error instanceof ClientGoneError) throw error
      const { headers, rawHeaders } = request
      const negotiation = negotiationOf({ headers, rawHeaders, target })
      await send(errorAnswer(error, { negotiation, rawTarget: target.raw, auditId: id }))
    } finally {
      place.leave()
    }
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      if (!(error instanceof ClientGoneError)) {
        log.error('Failed to send a response', { err: error, request: request.url })
      }
      cutOff(response)
    })
  }
}
