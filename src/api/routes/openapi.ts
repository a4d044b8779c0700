import type { FastifyInstance } from 'fastify'
import { contextOf } from '../hooks/request-context.ts'
import type { OpenApi } from '../openapi/openapi.ts'
import { anyMethod } from './methods.ts'

const V3 = '/openapi/v3'

export function openApiRoutes(app: FastifyInstance, openApi: OpenApi): void {
  anyMethod(app, '/openapi/v2', (request, reply) => reply.answer(openApi.v2(contextOf(request))))
  anyMethod(app, V3, (request, reply) => reply.answer(openApi.v3(contextOf(request))))
  anyMethod(
    app,
    `${V3}/*`,
    (request, reply) => {
      const context = contextOf(request)
      reply.answer(openApi.v3Group(context, context.target.path.slice(V3.length + 1)))
    },
    V3,
  )
}
