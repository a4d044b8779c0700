import type { FastifyInstance } from 'fastify'
import { contextOf } from '../hooks/request-context.ts'
import type { PageParts } from '../pages/statusz.ts'
import { anyMethod } from './methods.ts'

/** The pages for people. What makes them is loaded when the first is asked for. */
export function pageRoutes(app: FastifyInstance, parts: PageParts): void {
  for (const name of ['statusz', 'flagz'] as const) {
    anyMethod(app, `/${name}`, async (request, reply) => {
      const { answerPage } = await import('../pages/answer-page.ts')
      reply.answer(await answerPage(name, contextOf(request), parts))
    })
  }
}
