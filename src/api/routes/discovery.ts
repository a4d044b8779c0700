import type { FastifyInstance } from 'fastify'
import type { Answer } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import type { Discovery } from '../discovery/discovery.ts'
import { contextOf, type RequestContext } from '../hooks/request-context.ts'
import { pathEndpoint } from '../hooks/request-metrics.ts'
import { firstHeader } from '../request/routed-request.ts'
import type { Media } from '../media.ts'
import { MEDIA_TYPES } from '../negotiation/media-type.ts'
import { type Endpoint, granted, negotiate, negotiationOf } from '../negotiation/negotiate.ts'
import { nothingAvailable, unsupportedMediaType } from '../status.ts'
import { getOnly } from './metrics-api.ts'

const essence = (mediaType: string): string => (mediaType.split(';', 1)[0] ?? '').trim()

/**
 * Refuses a request for the type of its (unwanted) body, before what it accepts is looked at (go-restful,
 * RouterJSR311.detectRoute).
 * @param consumes content types that a body may have.
 * @throws ApiError 415 or 406.
 */
function checkBodyType({ headers }: RequestContext, consumes: readonly string[]): void {
  const { 'content-type': contentType = '', 'content-length': contentLength = 0 } = headers
  if (contentType === '' || contentType.split(',').some((one) => consumes.includes(essence(one)))) return
  // Without a body go-restful goes on with no route left, and then names nothing as available.
  throw new ApiError(Number(contentLength) > 0 ? unsupportedMediaType() : nothingAvailable())
}

/** The documents that tell clients what is served. */
export function discoveryRoutes(app: FastifyInstance, discovery: Discovery): void {
  function document(
    url: string,
    endpoint: Endpoint,
    consumes: readonly string[],
    make: (media: Media) => Answer,
  ): void {
    getOnly(app, url, pathEndpoint(url), (request, reply) => {
      const context = contextOf(request)
      checkBodyType(context, consumes)
      const { media, discovery: version } = granted(negotiate(negotiationOf(context), endpoint))
      if (version === undefined) reply.answer(make(media))
      else reply.answer(discovery.aggregated(version, media, firstHeader(context.rawHeaders, 'if-none-match')))
    })
  }
  document('/apis', 'groups', MEDIA_TYPES, discovery.groups)
  document('/apis/metrics.k8s.io', 'document', MEDIA_TYPES, discovery.group)
  document('/apis/metrics.k8s.io/v1beta1', 'document', MEDIA_TYPES, discovery.resources)
  document('/version', 'version', ['application/json'], discovery.version)
}
