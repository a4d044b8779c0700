import { clauseTakes, parseAccept } from '../negotiation/accept.ts'
import { conversionOf } from '../negotiation/media-type.ts'
import { type NegotiationRequest, wantsPretty } from '../negotiation/negotiate.ts'

/** The form that a page is written in. */
export type PageMedia =
  | { readonly format: 'html' }
  | { readonly format: 'text' }
  | { readonly format: 'json' | 'yaml'; readonly version: 'v1beta1' | 'v1alpha1'; readonly pretty: boolean }

/** In the order in which wildcards take them: curl's, which takes anything, gets text. */
const SERIALIZERS = [
  { format: 'json', type: 'application', subtype: 'json' },
  { format: 'yaml', type: 'application', subtype: 'yaml' },
  { format: 'text', type: 'text', subtype: 'plain' },
  { format: 'html', type: 'text', subtype: 'html' },
] as const

export const PAGE_MEDIA_TYPES: readonly string[] = SERIALIZERS.map(({ type, subtype }) => `${type}/${subtype}`)

/**
 * The form that a request asks for; `undefined` when it can have none. JSON and YAML are to be had only by their kind:
 * `application/json;as=Statusz;v=v1beta1;g=config.k8s.io`. By the rules of apiserver's pkg/server/statusz/negotiate, with
 * HTML beside the text that is there.
 */
export function choosePageMedia(request: NegotiationRequest, kind: string): PageMedia | undefined {
  const accept = request.accept ?? ''
  if (accept.trim() === '') return { format: 'text' }
  for (const clause of parseAccept(accept)) {
    const { parameters } = clause
    if ((parameters.get('sv') ?? '') !== '' || (parameters.get('stream') ?? '') !== '') continue
    const conversion = conversionOf(parameters)
    for (const { format, type, subtype } of SERIALIZERS) {
      if (!clauseTakes(clause, type, subtype)) continue
      const plain = format === 'text' || format === 'html'
      if (plain && conversion === undefined) return { format }
      if (plain || conversion?.kind !== kind || conversion.group !== 'config.k8s.io') continue
      const { version } = conversion
      const pretty = parameters.get('pretty') === '1' || wantsPretty(request)
      if (version === 'v1beta1' || version === 'v1alpha1') return { format, version, pretty }
    }
  }
  return undefined
}
