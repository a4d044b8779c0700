import type { FastifyInstance } from 'fastify'
import { NO_BODY } from '../answer.ts'
import { contextOf } from '../hooks/request-context.ts'
import type { MetricsText, ResourceMetrics } from '../options.ts'
import { anyMethod } from './methods.ts'

/** The server's own metrics. */
export function metricsRoute(app: FastifyInstance, metrics: MetricsText): void {
  anyMethod(app, '/metrics', async (_request, reply) => {
    reply.answer({ status: 200, contentType: metrics.contentType, body: Buffer.from(await metrics.text()) })
  })
}

/** What the kubelets report, in their own metrics. */
export function resourceMetricsRoute(app: FastifyInstance, metrics: ResourceMetrics): void {
  anyMethod(app, '/metrics/resource', (request, reply) => {
    // For HEAD nothing is made that would only be thrown away.
    const body = contextOf(request).method === 'HEAD' ? NO_BODY : { bytes: undefined, chunks: metrics.chunks() }
    reply.answer({ status: 200, contentType: metrics.contentType, body })
  })
}
