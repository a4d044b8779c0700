import { type Answer, answerOf } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import type { Discovery } from '../discovery/discovery.ts'
import { type Exchange, firstHeader, negotiationOf } from '../exchange.ts'
import { MEDIA_TYPES } from '../negotiation/media-type.ts'
import { createNegotiator, type Negotiated } from '../negotiation/negotiate.ts'
import { refuseTransform } from '../negotiation/refusal.ts'
import { readListOptions, validateListOptions } from '../request/list-options.ts'
import { booleanValue, firstValue } from '../request/query.ts'
import type { NodeResource } from '../resources/nodes.ts'
import type { PodResource } from '../resources/pods.ts'
import { createSelectionReader, type Selection } from '../resources/selection.ts'
import { badRequest, notSupported } from '../status.ts'
import { admit } from './admit.ts'
import type { ApiRoute } from './route.ts'

export interface ApiResources {
  readonly nodes: NodeResource
  readonly pods: PodResource
  readonly discovery: Discovery
}

type Granted = Extract<Negotiated, { ok: true }>
type ObjectKind = 'NodeMetrics' | 'PodMetrics'

function granted(negotiated: Negotiated): Granted {
  if (!negotiated.ok) throw new ApiError(negotiated.status)
  return negotiated
}

const identityOf = ({ info }: Exchange) =>
  info.kind === 'resource' ? { namespace: info.namespace, name: info.name } : { namespace: '', name: '' }

function allowTransform(exchange: Exchange, { media }: Granted, kind: ObjectKind | `${ObjectKind}List`): void {
  if (media.as === undefined) return
  const refusal = refuseTransform(media, kind, firstValue(exchange.target.query, 'includeObject'))
  if (refusal !== undefined) throw new ApiError(refusal)
}

/** `export` is long gone, and told so rather than ignored (apiserver, pkg/endpoints/handlers/get.go). */
function refuseExport({ target: { query } }: Exchange): void {
  if (query.size > 0 && booleanValue(query, 'export')) {
    throw new ApiError(badRequest('the export parameter, deprecated since v1.14, is no longer supported'))
  }
}

/**
 * Answers API paths: the documents of discovery, objects and lists.
 * @returns a function that throws ApiError for what cannot be answered.
 */
export function createApiHandler({ nodes, pods, discovery }: ApiResources) {
  const negotiate = createNegotiator()
  const readSelection = createSelectionReader()

  /** In the order of the Go server's checks, as far as it can be seen from outside (ListResource in the same file). */
  function selectionOf(exchange: Exchange, negotiated: Negotiated, resource: 'nodes' | 'pods'): Selection {
    // A list names more types than MEDIA_TYPES only when no route takes the request: that comes before its parameters.
    if (!negotiated.ok && negotiated.available !== MEDIA_TYPES) granted(negotiated)
    const { query } = exchange.target
    const options = readListOptions(query)
    const selection = readSelection(options, resource)
    validateListOptions(query, options.watch)
    granted(negotiated)
    if (options.watch) throw new ApiError(notSupported('watch', { group: 'metrics.k8s.io', resource }))
    return selection
  }

  function object(exchange: Exchange, negotiated: Granted, kind: ObjectKind): Answer {
    refuseExport(exchange)
    const { namespace, name } = identityOf(exchange)
    const { media } = negotiated
    const encoded = kind === 'NodeMetrics' ? nodes.get(name, media) : pods.get(namespace, name, media)
    allowTransform(exchange, negotiated, kind)
    return answerOf(encoded)
  }

  async function list(exchange: Exchange, negotiated: Negotiated, kind: ObjectKind): Promise<Answer> {
    const selection = selectionOf(exchange, negotiated, kind === 'NodeMetrics' ? 'nodes' : 'pods')
    const { media } = granted(negotiated)
    allowTransform(exchange, granted(negotiated), `${kind}List`)
    const { namespace } = identityOf(exchange)
    return answerOf(
      await (kind === 'NodeMetrics' ? nodes.list(selection, media) : pods.list(namespace, selection, media)),
    )
  }

  function document(exchange: Exchange, { serves }: ApiRoute, { media, discovery: version }: Granted): Answer {
    if (version !== undefined) {
      return discovery.aggregated(version, media, firstHeader(exchange.rawHeaders, 'if-none-match'))
    }
    if (serves === 'groups') return discovery.groups(media)
    if (serves === 'group') return discovery.group(media)
    return serves === 'resources' ? discovery.resources(media) : discovery.version()
  }

  return (exchange: Exchange, route: ApiRoute): Answer | Promise<Answer> => {
    const { method, headers } = exchange
    const contentLength = Number(headers['content-length'] ?? 0)
    admit(route, { method, contentType: headers['content-type'], contentLength })
    const negotiated = negotiate(negotiationOf(exchange), route.endpoint)
    if (route.serves === 'node-list') return list(exchange, negotiated, 'NodeMetrics')
    if (route.serves === 'pod-list') return list(exchange, negotiated, 'PodMetrics')
    if (route.serves === 'node') return object(exchange, granted(negotiated), 'NodeMetrics')
    if (route.serves === 'pod') return object(exchange, granted(negotiated), 'PodMetrics')
    return document(exchange, route, granted(negotiated))
  }
}
