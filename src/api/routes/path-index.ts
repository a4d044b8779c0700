import type { FastifyInstance } from 'fastify'
import { rawJsonAnswer } from '../answer.ts'
import { contextOf } from '../hooks/request-context.ts'
import { pathEndpoint } from '../hooks/request-metrics.ts'
import { ANY_METHOD, isApiPath } from '../request/routed-request.ts'
import { ApiError, noSuchResource } from '../status.ts'

/** The list of paths, which is what the Go server answers for its root and, with 404, for every path that is not served. */
export function pathIndex(app: FastifyInstance, paths: readonly string[]): void {
  for (const url of ['/', '/index.html']) {
    app.route({
      ...{ method: ANY_METHOD, url, config: { endpoint: pathEndpoint('/') } },
      handler: (_request, reply) => reply.answer(rawJsonAnswer(200, { paths })),
    })
  }
  app.setNotFoundHandler((request, reply) => {
    if (isApiPath(contextOf(request).target.path)) throw new ApiError(noSuchResource())
    reply.answer(rawJsonAnswer(404, { paths }))
  })
}
