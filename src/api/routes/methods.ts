import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pathEndpoint } from '../hooks/instrumentation.ts'
import type { EndpointLabels } from '../options.ts'
import { OTHER_METHOD } from '../request/request-target.ts'
import { ApiError, methodNotAllowed } from '../status.ts'

export type Handler = (request: FastifyRequest, reply: FastifyReply) => void | Promise<void>

/** Registers what answers GET on a path of an API; all other methods, HEAD too, are refused there. */
export function getOnly(app: FastifyInstance, url: string, endpoint: EndpointLabels, handler: Handler): void {
  const config = { endpoint }
  app.get(url, { config }, handler)
  app.route({
    ...{ method: ['HEAD', OTHER_METHOD], url, config },
    handler() {
      throw new ApiError(methodNotAllowed())
    },
  })
}

/**
 * Registers what answers every method, as everything but an API does in the Go server, whose mux ignores methods.
 * @param counted the path that its requests are counted under.
 */
export function anyMethod(app: FastifyInstance, url: string, handler: Handler, counted: string = url): void {
  app.route({ method: ['GET', 'HEAD', OTHER_METHOD], url, config: { endpoint: pathEndpoint(counted) }, handler })
}
