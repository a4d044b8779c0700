import type { FastifyInstance, FastifyReply } from 'fastify'
import { goQuote } from '../../kubernetes/go-quote.ts'
import type { Logger } from '../../model/log.ts'
import { answerOf, textAnswer } from '../answer.ts'
import { encodeStatus } from '../encoding/documents.ts'
import { negotiateStatus, negotiationOf } from '../negotiation/negotiate.ts'
import { RequestInfoError } from '../request/request-info.ts'
import { ClientGoneError, cutOff } from '../server/raw-messages.ts'
import { ApiError, escapeHtml, internalError } from '../status.ts'

/** Makes every error an answer. What is not expected is logged with its cause, and answered without it. */
export function addErrorHandler(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply: FastifyReply) => {
    const { context } = request
    if (context === undefined || error instanceof ClientGoneError) {
      if (context === undefined) log.error('Failed to read a request', { err: error, auditId: request.id })
      context?.deadline?.cancel()
      cutOff(reply.raw)
      return
    }
    const { raw: target } = context.target
    if (error instanceof RequestInfoError) {
      const text = `Internal Server Error: ${goQuote(target)}: failed to create RequestInfo: ${error.message}\n`
      reply.answer(textAnswer(500, escapeHtml(text)))
      return
    }
    const isExpected = error instanceof ApiError
    if (!isExpected) log.error('Failed to answer a request', { err: error, request: target, auditId: request.id })
    const status = isExpected ? error.status : internalError()
    const encoded = encodeStatus(status, negotiateStatus(negotiationOf(context)))
    reply.answer(answerOf(encoded, isExpected ? error.headers : undefined, status.code))
  })
}
