import type { FastifyInstance } from 'fastify'
import { rawJsonAnswer } from '../answer.ts'
import { contextOf } from '../hooks/request-context.ts'
import { isApiPath } from '../request/routed-request.ts'
import { ApiError, noSuchResource } from '../status.ts'
import { anyMethod } from './methods.ts'

/** The list of paths, which is what the Go server answers for its root and, with 404, for every path that is not served. */
export function pathIndex(app: FastifyInstance, paths: readonly string[]): void {
  for (const url of ['/', '/index.html']) {
    anyMethod(app, url, (_request, reply) => reply.answer(rawJsonAnswer(200, { paths })), '/')
  }
  app.setNotFoundHandler((request, reply) => {
    if (isApiPath(contextOf(request).target.path)) throw new ApiError(noSuchResource())
    reply.answer(rawJsonAnswer(404, { paths }))
  })
}
