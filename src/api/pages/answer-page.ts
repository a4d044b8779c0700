import { type Answer, textAnswer } from '../answer.ts'
import { encodeText, jsonText } from '../encoding/text.ts'
import type { RequestContext } from '../hooks/request-context.ts'
import { clauseTakes, parseAccept } from '../negotiation/accept.ts'
import { conversionOf } from '../negotiation/media-type.ts'
import { negotiationOf, type NegotiationRequest, notAcceptable, wantsPretty } from '../negotiation/negotiate.ts'
import { ApiError } from '../status.ts'
import { flagzDocument, flagzHtml, flagzText } from './flagz.ts'
import { htmlAnswer, type Markup } from './page-html.ts'
import { type PageParts, statuszDocument, statuszHtml, statuszText, statuszView } from './statusz.ts'

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

const PAGE_MEDIA_TYPES: readonly string[] = SERIALIZERS.map(({ type, subtype }) => `${type}/${subtype}`)

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

export type PageName = 'statusz' | 'flagz'

/** A page in each of its forms. */
interface Page {
  /** Of the structured form. */
  readonly kind: string
  html(parts: PageParts): Promise<Markup> | Markup
  text(parts: PageParts): string
  document(parts: PageParts): object
}

const PAGES: Readonly<Record<PageName, Page>> = {
  statusz: {
    kind: 'Statusz',
    html: (parts) => statuszHtml(statuszView(parts)),
    text: (parts) => statuszText(statuszView(parts)),
    document: statuszDocument,
  },
  flagz: {
    kind: 'Flagz',
    html: ({ status }) => flagzHtml(status.flags()),
    text: ({ status }) => flagzText(status.flags()),
    document: ({ status }) => flagzDocument(status.flags()),
  },
}

/** The version before the current one, as apiserver's z-pages warn of it. */
const deprecated = (page: PageName) => ({
  warning: `299 - "This version of the ${page} endpoint is deprecated. Please use a newer version."`,
})

/**
 * Answers /statusz or /flagz in the form that is asked for: HTML to browsers, plain text, or the structured forms of
 * Kubernetes' z-pages, `Statusz` and `Flagz` of config.k8s.io (apiserver, pkg/server/statusz and flagz; KEPs 4827, 4828).
 * @throws ApiError 406.
 */
export async function answerPage(name: PageName, context: RequestContext, parts: PageParts): Promise<Answer> {
  const page = PAGES[name]
  const media = choosePageMedia(negotiationOf(context), page.kind)
  if (media === undefined) throw new ApiError(notAcceptable(PAGE_MEDIA_TYPES))
  if (media.format === 'html') return htmlAnswer(await page.html(parts))
  if (media.format === 'text') return textAnswer(200, page.text(parts))
  const { version, format, pretty } = media
  const head = { kind: page.kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: 'metrics-server' } }
  const compact = Buffer.from(`${jsonText({ ...head, ...page.document(parts) })}\n`)
  const { contentType, body } = encodeText(compact, { format, pretty, as: undefined })
  return { status: 200, contentType, body, ...(version === 'v1alpha1' && { headers: deprecated(name) }) }
}
