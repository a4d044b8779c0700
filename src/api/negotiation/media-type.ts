import { type AcceptClause, clauseTakes, parseAccept } from './accept.ts'

/** What the answer shall be written as: the outcome of content negotiation. */
export interface Media {
  readonly format: 'json' | 'yaml' | 'protobuf'
  /** Indented JSON (`pretty` of the query or of the media type, or a user agent that people type into). */
  readonly pretty: boolean
  /** A Table or PartialObjectMetadata(List) in place of the object itself. */
  readonly as: MediaTransform | undefined
}

export interface MediaTransform {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly version: 'v1' | 'v1beta1'
  /** `includeObject` of the query: what a Table's rows carry. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

/** `as`, `g` and `v` of a media type: the kind that the answer shall be turned into. */
export interface Conversion {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** What an endpoint allows a media type to ask for (apiserver's negotiation.EndpointRestrictions). */
export interface Restrictions {
  allowsConversion(format: Media['format'], conversion: Conversion | undefined): boolean
  /** The `sv` parameter. */
  allowsServerVersion(version: string): boolean
}

export interface MediaChoice {
  readonly format: Media['format']
  readonly pretty: boolean
  readonly conversion: Conversion | undefined
}

interface Serializer {
  readonly format: Media['format']
  readonly subtype: string
  readonly streams: boolean
}

const SERIALIZERS: readonly Serializer[] = [
  { format: 'json', subtype: 'json', streams: true },
  { format: 'yaml', subtype: 'yaml', streams: false },
  { format: 'protobuf', subtype: 'vnd.kubernetes.protobuf', streams: true },
]

/** The media types that every document and object is served as, in the order of the Go server. */
export const MEDIA_TYPES: readonly string[] = SERIALIZERS.map(({ subtype }) => `application/${subtype}`)

/** Those that a list offers for watching. It cannot be watched here, but errors name them. */
export const STREAM_MEDIA_TYPES: readonly string[] = SERIALIZERS.filter(({ streams }) => streams).map(
  ({ subtype }) => `application/${subtype};stream=watch`,
)

export function conversionOf(parameters: ReadonlyMap<string, string>): Conversion | undefined {
  const [kind, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')]
  if (kind === undefined && group === undefined && version === undefined) return undefined
  return { kind: kind ?? '', group: group ?? '', version: version ?? '' }
}

function choose(clause: AcceptClause, serializer: Serializer, restrictions: Restrictions): MediaChoice | undefined {
  const { parameters } = clause
  const stream = parameters.get('stream') ?? ''
  if (stream !== '' && !(serializer.streams && stream === 'watch')) return undefined
  const serverVersion = parameters.get('sv') ?? ''
  if (serverVersion !== '' && !restrictions.allowsServerVersion(serverVersion)) return undefined
  const conversion = conversionOf(parameters)
  if (!restrictions.allowsConversion(serializer.format, conversion)) return undefined
  return { format: serializer.format, pretty: parameters.get('pretty') === '1', conversion }
}

/**
 * The first media type that the header asks for and the endpoint allows; `undefined` when there is none (apiserver,
 * pkg/endpoints/handlers/negotiation/negotiate.go, NegotiateMediaTypeOptions). An empty header means JSON.
 */
export function chooseMediaType(header: string, restrictions: Restrictions): MediaChoice | undefined {
  if (header === '') return { format: 'json', pretty: false, conversion: undefined }
  for (const clause of parseAccept(header)) {
    for (const serializer of SERIALIZERS) {
      if (!clauseTakes(clause, 'application', serializer.subtype)) continue
      const choice = choose(clause, serializer, restrictions)
      if (choice !== undefined) return choice
    }
  }
  return undefined
}

const isTransformKind = (kind: string): kind is MediaTransform['kind'] =>
  kind === 'Table' || kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList'

/** Reads a conversion to a Table or PartialObjectMetadata(List) of meta.k8s.io; `undefined` for any other. */
export function transformOf(conversion: Conversion): Pick<MediaTransform, 'kind' | 'version'> | undefined {
  const { group, version, kind } = conversion
  if (group !== 'meta.k8s.io' || !isTransformKind(kind)) return undefined
  return version === 'v1' || version === 'v1beta1' ? { kind, version } : undefined
}

/** Documents and errors: no conversion at all. */
export const PLAIN: Restrictions = {
  allowsConversion: (_format, conversion) => conversion === undefined,
  allowsServerVersion: () => false,
}

/** Objects and lists (apiserver, pkg/endpoints/handlers/rest.go): tables in text only. */
export const OBJECTS: Restrictions = {
  allowsConversion(format, conversion) {
    if (conversion === undefined) return true
    const transform = transformOf(conversion)
    return transform !== undefined && (transform.kind !== 'Table' || format !== 'protobuf')
  },
  allowsServerVersion: (version) => version === 'v1',
}

/** A version of apidiscovery.k8s.io. */
export type DiscoveryVersion = 'v2' | 'v2beta1'

/** The version of aggregated discovery that a conversion asks for, if it asks for that. */
export function discoveryVersionOf(conversion: Conversion | undefined): DiscoveryVersion | undefined {
  if (conversion?.group !== 'apidiscovery.k8s.io' || conversion.kind !== 'APIGroupDiscoveryList') return undefined
  return conversion.version === 'v2' || conversion.version === 'v2beta1' ? conversion.version : undefined
}

const aggregatedDiscovery = (versions: readonly DiscoveryVersion[]): Restrictions => ({
  allowsConversion(_format, conversion) {
    const version = discoveryVersionOf(conversion)
    return version !== undefined && versions.includes(version)
  },
  allowsServerVersion: () => false,
})

/** `/apis`, asked for aggregated discovery (pkg/endpoints/discovery/aggregated/negotiation.go). */
export const AGGREGATED_DISCOVERY: Restrictions = aggregatedDiscovery(['v2', 'v2beta1'])
export const AGGREGATED_DISCOVERY_V2: Restrictions = aggregatedDiscovery(['v2'])
