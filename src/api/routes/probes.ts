import type { FastifyInstance } from 'fastify'
import { contextOf } from '../hooks/request-context.ts'
import { pathEndpoint } from '../hooks/request-metrics.ts'
import { PROBE_ENDPOINTS, type Probes } from '../probes/probes.ts'
import { ANY_METHOD } from '../request/routed-request.ts'

/** /healthz, /livez and /readyz, and each of their checks by itself. */
export function probeRoutes(app: FastifyInstance, probes: Probes): void {
  for (const name of PROBE_ENDPOINTS) {
    const url = `/${name}`
    const config = { endpoint: pathEndpoint(url) }
    app.route({
      ...{ method: ANY_METHOD, url, config },
      handler: (request, reply) => reply.answer(probes.all(name, contextOf(request).target.query)),
    })
    app.route({
      ...{ method: ANY_METHOD, url: `${url}/*`, config },
      handler(request, reply) {
        const answer = probes.one(name, contextOf(request).target.path.slice(url.length + 1))
        if (answer === undefined) reply.callNotFound()
        else reply.answer(answer)
      },
    })
  }
}
