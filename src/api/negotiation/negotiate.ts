import { goQuote } from '../../kubernetes/go-quote.ts'
import { isAggregated, type RequestContext } from '../hooks/request-context.ts'
import { memoize } from '../memoize.ts'
import { firstHeader, firstValue } from '../request/request-target.ts'
import { ApiError, failure, type KubernetesStatus } from '../status.ts'
import { routeAccepts } from './accept.ts'
import {
  AGGREGATED_DISCOVERY,
  AGGREGATED_DISCOVERY_V2,
  chooseMediaType,
  type DiscoveryVersion,
  discoveryVersionOf,
  type Media,
  MEDIA_TYPES,
  type MediaChoice,
  type MediaTransform,
  OBJECTS,
  PLAIN,
  STREAM_MEDIA_TYPES,
  transformOf,
} from './media-type.ts'

/** The 406 of go-restful's router, as apiserver's serviceErrorHandler wraps it. */
function routeNotAcceptable(available: readonly string[]): KubernetesStatus {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`
  return failure(406, 'NotAcceptable', message, {})
}

/** The 406 of apiserver's negotiation (negotiation.NewNotAcceptableError). */
export function notAcceptable(available: readonly string[]): KubernetesStatus {
  return failure(406, 'NotAcceptable', `only the following media types are accepted: ${available.join(', ')}`)
}

/**
 * Why an object that was found cannot be turned into what the media type asks for; `undefined` when it can. The Go server
 * looks only after it has the object, so an absent one is 404 first (apiserver, pkg/endpoints/handlers/response.go).
 * @param includeObject of the query, as it came.
 */
export function refuseTransform(
  media: Media,
  kind: 'NodeMetrics' | 'NodeMetricsList' | 'PodMetrics' | 'PodMetricsList',
  includeObject: string | undefined,
): KubernetesStatus | undefined {
  const list = kind.endsWith('List')
  switch (media.as?.kind) {
    case 'PartialObjectMetadata':
      if (!list) return undefined
      return unfit(`PartialObjectMetadata, but the requested object is a list (*metrics.${kind})`)
    case 'PartialObjectMetadataList':
      if (list) return undefined
      return unfit(`PartialObjectMetadataList, but the requested object is not a list (*metrics.${kind})`)
    case 'Table':
      if (['', 'None', 'Metadata', 'Object'].includes(includeObject ?? '')) return undefined
      return failure(
        400,
        'BadRequest',
        `Unable to convert to Table as requested: includeObject: Invalid value: ${goQuote(includeObject ?? '')}: must be 'Metadata', 'Object', 'None', or empty`,
      )
    default:
      return undefined
  }
}

const unfit = (text: string): KubernetesStatus => failure(406, 'NotAcceptable', `you requested ${text}`)

/**
 * What of a request has a say in how its answer is written. Of a header or parameter that comes several times the Go server
 * takes the first only; joined Accept headers are read as one.
 */
export interface NegotiationRequest {
  readonly accept: string | undefined
  readonly userAgent: string | undefined
  /** `pretty` of the query. */
  readonly pretty: string | undefined
  /** `includeObject` of the query. */
  readonly includeObject: string | undefined
  /** Whether the request came through an aggregator, as far as its headers say. */
  readonly aggregated?: boolean
}

/**
 * What is asked: one object; a list; a discovery document (`/apis/GROUP`, `/apis/GROUP/VERSION`); the groups (`/apis`),
 * which can be aggregated; the version (`/version`), which is JSON only and always indented.
 */
export type Endpoint = 'object' | 'list' | 'document' | 'groups' | 'version'

export type Negotiated =
  | {
      readonly ok: true
      readonly media: Media
      /** `/apis` only: an APIGroupDiscoveryList of apidiscovery.k8s.io is wanted, in this version. */
      readonly discovery: DiscoveryVersion | undefined
    }
  | {
      readonly ok: false
      readonly available: readonly string[]
      /** The whole answer 406, to be written as {@link negotiateStatus} says. */
      readonly status: KubernetesStatus
    }

/** The outcome of a negotiation that succeeded. @throws ApiError 406 */
export function granted(negotiated: Negotiated): Extract<Negotiated, { ok: true }> {
  if (!negotiated.ok) throw new ApiError(negotiated.status)
  return negotiated
}

/** What of a request has a say in how its answer is written. */
export function negotiationOf({
  rawHeaders,
  headers,
  target,
}: Pick<RequestContext, 'rawHeaders' | 'headers' | 'target'>): NegotiationRequest {
  return {
    accept: firstHeader(rawHeaders, 'accept'),
    userAgent: headers['user-agent'],
    pretty: firstValue(target.query, 'pretty'),
    includeObject: firstValue(target.query, 'includeObject'),
    aggregated: isAggregated({ rawHeaders }),
  }
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

/** Whether the `pretty` parameter or else the user agent asks for indented JSON (apiserver's isPrettyPrint). */
export function wantsPretty({ pretty, userAgent }: NegotiationRequest): boolean {
  if (pretty !== undefined && pretty !== '') return TRUE.has(pretty)
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '')
}

function includeObject(text: string | undefined): MediaTransform['includeObject'] {
  return text === 'None' || text === 'Object' ? text : 'Metadata'
}

function mediaOf(choice: MediaChoice, request: NegotiationRequest): Media {
  const transform = choice.conversion === undefined ? undefined : transformOf(choice.conversion)
  return {
    format: choice.format,
    pretty: choice.format === 'json' && (choice.pretty || wantsPretty(request)),
    as: transform === undefined ? undefined : { ...transform, includeObject: includeObject(request.includeObject) },
  }
}

function producedBy(endpoint: Endpoint): readonly string[] {
  if (endpoint === 'version') return ['application/json']
  return endpoint === 'list' ? [...MEDIA_TYPES, ...STREAM_MEDIA_TYPES] : MEDIA_TYPES
}

/**
 * apidiscovery.k8s.io/v2beta1 is there for the aggregators of Kubernetes 1.26 to 1.29, which ask for nothing else. The Go server
 * has dropped it, so a client that takes nothing else and is no aggregator gets its 406.
 */
const takesBetaOnly = (accept: string): boolean =>
  [AGGREGATED_DISCOVERY_V2, PLAIN].every((restrictions) => chooseMediaType(accept, restrictions) === undefined)

/**
 * Decides what an answer is written as, in the two steps of the Go server: go-restful finds a route that produces
 * something accepted, then apiserver negotiates what exactly. Pure; takes time linear in the header, but for sorting.
 */
export function negotiate(request: NegotiationRequest, endpoint: Endpoint): Negotiated {
  const accept = request.accept ?? ''
  const available = producedBy(endpoint)
  if (accept !== '' && !routeAccepts(accept, available)) {
    return { ok: false, available, status: routeNotAcceptable(available) }
  }
  if (endpoint === 'version') {
    return { ok: true, media: { format: 'json', pretty: true, as: undefined }, discovery: undefined }
  }
  if (endpoint === 'groups' && accept !== '') {
    const wanted = chooseMediaType(accept, AGGREGATED_DISCOVERY)
    const discovery = discoveryVersionOf(wanted?.conversion)
    if (wanted !== undefined && (request.aggregated || !takesBetaOnly(accept))) {
      return { ok: true, media: mediaOf(wanted, request), discovery }
    }
  }
  const choice = chooseMediaType(accept, endpoint === 'object' || endpoint === 'list' ? OBJECTS : PLAIN)
  if (choice === undefined) return { ok: false, available: MEDIA_TYPES, status: notAcceptable(MEDIA_TYPES) }
  return { ok: true, media: mediaOf(choice, request), discovery: undefined }
}

/** Far more than there are kinds of clients. */
const MEMOIZED_HEADERS = 64

/** The same as {@link negotiate}, of which it remembers what depends on nothing but the Accept header. */
export function createNegotiator(): typeof negotiate {
  const plainly = (endpoint: Endpoint) => (accept: string) =>
    negotiate({ accept, userAgent: undefined, pretty: undefined, includeObject: undefined }, endpoint)
  const known = {
    list: memoize(plainly('list'), MEMOIZED_HEADERS),
    object: memoize(plainly('object'), MEMOIZED_HEADERS),
  }
  return (request, endpoint) => {
    const isPlain = request.pretty === undefined && request.includeObject === undefined && !wantsPretty(request)
    if (!isPlain || (endpoint !== 'list' && endpoint !== 'object')) return negotiate(request, endpoint)
    return known[endpoint](request.accept ?? '')
  }
}

/**
 * What a Status is written as. It is never refused: where the Accept header names nothing that can be had, it is indented
 * JSON (apiserver, pkg/endpoints/handlers/responsewriters/writers.go, WriteRawJSON).
 */
export function negotiateStatus(request: NegotiationRequest): Media {
  const choice = chooseMediaType(request.accept ?? '', PLAIN)
  return choice === undefined ? { format: 'json', pretty: true, as: undefined } : mediaOf(choice, request)
}
