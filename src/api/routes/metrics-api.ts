import type { FastifyInstance } from 'fastify'
import { answerOf } from '../answer.ts'
import { contextOf, isAggregated, type RequestContext } from '../hooks/request-context.ts'
import { resourceEndpoint } from '../hooks/instrumentation.ts'
import { type Media, MEDIA_TYPES } from '../negotiation/media-type.ts'
import { createNegotiator, granted, negotiationOf, refuseTransform } from '../negotiation/negotiate.ts'
import { pageRequest } from '../request/continue-token.ts'
import { createSelectionReader, readListOptions, validateListOptions } from '../request/list-options.ts'
import { booleanValue, firstValue } from '../request/request-target.ts'
import type { NodeResource } from '../resources/nodes.ts'
import type { PodResource } from '../resources/pods.ts'
import { ApiError, badRequest, notSupported } from '../status.ts'
import { getOnly, type Handler } from './methods.ts'

type Kind = 'NodeMetrics' | 'PodMetrics'

const identityOf = ({ info }: RequestContext) =>
  info.kind === 'resource' ? { namespace: info.namespace, name: info.name } : { namespace: '', name: '' }

function allowTransform({ target }: RequestContext, media: Media, kind: Kind | `${Kind}List`): void {
  if (media.as === undefined) return
  const refusal = refuseTransform(media, kind, firstValue(target.query, 'includeObject'))
  if (refusal !== undefined) throw new ApiError(refusal)
}

/** `export` was removed; it is refused rather than ignored (apiserver, pkg/endpoints/handlers/get.go). */
function refuseExport({ target: { query } }: RequestContext): void {
  if (query.size > 0 && booleanValue(query, 'export')) {
    throw new ApiError(badRequest('the export parameter, deprecated since v1.14, is no longer supported'))
  }
}

/** NodeMetrics and PodMetrics, below /apis/metrics.k8s.io/v1beta1. Errors are ApiErrors. */
export function metricsApiRoutes(app: FastifyInstance, nodes: NodeResource, pods: PodResource): void {
  const negotiate = createNegotiator()
  const readSelection = createSelectionReader()

  const object =
    (kind: Kind): Handler =>
    (request, reply) => {
      const context = contextOf(request)
      const { media } = granted(negotiate(negotiationOf(context), 'object'))
      refuseExport(context)
      const { namespace, name } = identityOf(context)
      const encoded = kind === 'NodeMetrics' ? nodes.get(name, media) : pods.get(namespace, name, media)
      // As in the Go server after the object is found, so that an absent one is a 404 first.
      allowTransform(context, media, kind)
      reply.answer(answerOf(encoded))
    }

  /** In the order of the Go server's checks, as far as it can be seen from outside (ListResource in the same file). */
  const list =
    (kind: Kind, resource: 'nodes' | 'pods'): Handler =>
    async (request, reply) => {
      const context = contextOf(request)
      const negotiated = negotiate(negotiationOf(context), 'list')
      // A list names more types than MEDIA_TYPES only when no route takes the request: that comes before its parameters.
      if (!negotiated.ok && negotiated.available !== MEDIA_TYPES) granted(negotiated)
      const { query } = context.target
      const options = readListOptions(query)
      const selection = readSelection(options, resource)
      validateListOptions(query, options.watch)
      const { media } = granted(negotiated)
      if (options.watch) throw new ApiError(notSupported('watch', { group: 'metrics.k8s.io', resource }))
      const { namespace } = identityOf(context)
      // The Go server ignores both parameters, and so do we for whoever asks this server itself.
      const page = isAggregated(context) ? pageRequest(options, { resource, namespace }) : undefined
      allowTransform(context, media, `${kind}List`)
      const listed = { selection, media, page }
      reply.answer(answerOf(await (kind === 'NodeMetrics' ? nodes.list(listed) : pods.list(namespace, listed))))
    }

  getOnly(app, '/nodes', resourceEndpoint('nodes', 'cluster'), list('NodeMetrics', 'nodes'))
  getOnly(app, '/nodes/:name', resourceEndpoint('nodes', 'resource'), object('NodeMetrics'))
  getOnly(app, '/pods', resourceEndpoint('pods', 'cluster'), list('PodMetrics', 'pods'))
  getOnly(app, '/namespaces/:namespace/pods', resourceEndpoint('pods', 'namespace'), list('PodMetrics', 'pods'))
  getOnly(app, '/namespaces/:namespace/pods/:name', resourceEndpoint('pods', 'resource'), object('PodMetrics'))
}
