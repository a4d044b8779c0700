import type { FastifyInstance } from 'fastify'
import { contextOf } from '../hooks/request-context.ts'
import { pathEndpoint } from '../hooks/request-metrics.ts'
import type { PageParts } from '../pages/statusz.ts'
import { ANY_METHOD } from '../request/routed-request.ts'

/** The pages for people. What makes them is loaded when the first is asked for. */
export function pageRoutes(app: FastifyInstance, parts: PageParts): void {
  for (const name of ['statusz', 'flagz'] as const) {
    const url = `/${name}`
    app.route({
      ...{ method: ANY_METHOD, url, config: { endpoint: pathEndpoint(url) } },
      async handler(request, reply) {
        const { answerPage } = await import('../pages/answer-page.ts')
        reply.answer(await answerPage(name, contextOf(request), parts))
      },
    })
  }
}
