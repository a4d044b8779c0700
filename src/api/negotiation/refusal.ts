import { goQuote } from '../../model/go-quote.ts'
import type { Media } from '../media.ts'
import { failure, type KubernetesStatus } from '../status.ts'

/** The 406 of go-restful's router, as apiserver's serviceErrorHandler wraps it. */
export function routeNotAcceptable(available: readonly string[]): KubernetesStatus {
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
