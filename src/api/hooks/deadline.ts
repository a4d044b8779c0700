import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../model/clock.ts'
import { parseGoDuration } from '../../kubernetes/duration.ts'
import { goQuote } from '../../kubernetes/go-quote.ts'
import { firstValue, type Query } from '../request/request-target.ts'
import { ApiError, badRequest, requestTimeout } from '../status.ts'
import { contextOf } from './request-context.ts'

const UNITS: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'])

/** What Go's time.ParseDuration says of a text that it cannot read: the first thing that is wrong, from left to right. */
function durationProblem(text: string): string {
  const invalid = `time: invalid duration ${goQuote(text)}`
  let rest = text.replace(/^[+-]/, '')
  while (rest !== '') {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0] ?? ''
    if (number === '') return invalid
    rest = rest.slice(number.length)
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (unit === '') return `time: missing unit in duration ${goQuote(text)}`
    if (!UNITS.has(unit)) return `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`
    rest = rest.slice(unit.length)
  }
  return invalid
}

/**
 * How long a request may take: the parameter `timeout` when it is shorter than the limit (apiserver,
 * pkg/endpoints/filters/request_deadline.go), milliseconds.
 * @throws ApiError 400 when the parameter is no duration.
 */
export function deadlineMs(query: Query, limitMs: number): number {
  const text = query.size === 0 ? undefined : firstValue(query, 'timeout')
  if (text === undefined || text === '') return limitMs
  const asked = parseGoDuration(text)
  if (asked === undefined) {
    throw new ApiError(badRequest(`invalid timeout specified in the request URL - ${durationProblem(text)}`))
  }
  return asked > 0 && asked < limitMs ? asked : limitMs
}

/**
 * Answers requests that take too long with a Status 504; watches, which are refused at once, have no deadline. What goes on
 * afterwards is forgotten; it is expected to end by its own bounds. An answer that has begun has another bound.
 */
export function addDeadline(app: FastifyInstance, clock: Pick<Clock, 'after'>, requestTimeoutMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request)
    if (context.info.verb !== 'watch') {
      const ms = deadlineMs(context.target.query, requestTimeoutMs)
      context.deadline = clock.after(ms, () => void reply.send(new ApiError(requestTimeout())))
    }
    done()
  })
  app.addHook('onSend', (request, _reply, _payload, done) => {
    request.context?.deadline?.cancel()
    done()
  })
}
