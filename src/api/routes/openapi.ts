import type { FastifyInstance } from 'fastify'
import { contextOf } from '../hooks/request-context.ts'
import { pathEndpoint } from '../hooks/request-metrics.ts'
import type { OpenApi } from '../openapi/openapi.ts'
import { ANY_METHOD } from '../request/routed-request.ts'

const V3 = '/openapi/v3'

export function openApiRoutes(app: FastifyInstance, openApi: OpenApi): void {
  const method = ANY_METHOD
  app.route({
    ...{ method, url: '/openapi/v2', config: { endpoint: pathEndpoint('/openapi/v2') } },
    handler: (request, reply) => reply.answer(openApi.v2(contextOf(request))),
  })
  const config = { endpoint: pathEndpoint(V3) }
  app.route({
    ...{ method, url: V3, config },
    handler: (request, reply) => reply.answer(openApi.v3(contextOf(request))),
  })
  app.route({
    ...{ method, url: `${V3}/*`, config },
    handler(request, reply) {
      const context = contextOf(request)
      reply.answer(openApi.v3Group(context, context.target.path.slice(V3.length + 1)))
    },
  })
}
