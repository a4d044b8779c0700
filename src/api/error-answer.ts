import type { Logger } from '../model/log.ts'
import { type Answer, answerOf, textAnswer } from './answer.ts'
import { ApiError } from './api-error.ts'
import { escapeHtml } from './escape-html.ts'
import { encodeStatus } from './encoding/documents.ts'
import { type NegotiationRequest, negotiateStatus } from './negotiation/negotiate.ts'
import { goQuote } from '../model/go-quote.ts'
import { RequestInfoError } from './request/request-info.ts'
import { internalError, type KubernetesStatus } from './status.ts'

/** Of a failed request, what its answer depends on. */
export interface FailedRequest {
  readonly negotiation: NegotiationRequest
  readonly rawTarget: string
  readonly auditId: string
}

/** Writes every error. What is not expected is logged with its cause, and answered without it. */
export function createErrorAnswers(log: Logger) {
  const statusAnswer = (status: KubernetesStatus, request: FailedRequest, headers?: Answer['headers']): Answer =>
    answerOf(encodeStatus(status, negotiateStatus(request.negotiation)), headers, status.code)

  return (error: unknown, request: FailedRequest): Answer => {
    if (error instanceof ApiError) return statusAnswer(error.status, request, error.headers)
    if (error instanceof RequestInfoError) {
      const text = `Internal Server Error: ${goQuote(request.rawTarget)}: failed to create RequestInfo: ${error.message}\n`
      return textAnswer(500, escapeHtml(text))
    }
    log.error('Failed to answer a request', { err: error, request: request.rawTarget, auditId: request.auditId })
    return statusAnswer(internalError(), request)
  }
}
