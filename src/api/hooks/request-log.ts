import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../model/clock.ts'
import type { LogFields, Logger } from '../../model/log.ts'
import type { RequestContext } from './request-context.ts'

/** A request for the log, in the Go server's words (apiserver, pkg/server/httplog/httplog.go). */
function requestFields(
  { id, raw: { socket } }: FastifyRequest,
  context: RequestContext,
  status: number,
  tookMs: number,
) {
  const fields: LogFields = {
    verb: context.method,
    URI: context.target.raw,
    latency: `${tookMs.toFixed(3)}ms`,
    userAgent: context.headers['user-agent'] ?? '',
    'audit-ID': id,
    srcIP: `${socket.remoteAddress}:${socket.remotePort}`,
    resp: status,
  }
  return fields
}

/** Logs each proper request as its answer begins to go out, for those who want to read as much (`-v=4`). */
export function addRequestLog(app: FastifyInstance, log: Logger, clock: Pick<Clock, 'monotonicMs'>): void {
  app.addHook('onSend', (request, { statusCode }, _payload, done) => {
    const { context } = request
    if (context !== undefined) {
      const tookMs = () => clock.monotonicMs() - context.startedMs
      log.verbose(4, 'HTTP', () => requestFields(request, context, statusCode, tookMs()))
    }
    done()
  })
}
