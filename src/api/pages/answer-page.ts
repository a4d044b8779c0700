import type { Clock } from '../../model/clock.ts'
import { type Answer, textAnswer } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import { jsonText } from '../encoding/json-text.ts'
import { encodeText } from '../encoding/text.ts'
import type { RequestContext } from '../hooks/request-context.ts'
import { negotiationOf } from '../negotiation/negotiate.ts'
import type { VersionInfo } from '../options.ts'
import { notAcceptable } from '../negotiation/refusal.ts'
import { flagzDocument } from './flagz-document.ts'
import { flagzHtml } from './flagz-html.ts'
import { flagzText } from './flagz-text.ts'
import { htmlAnswer } from './html-answer.ts'
import type { Markup } from './markup.ts'
import { choosePageMedia, PAGE_MEDIA_TYPES } from './page-media.ts'
import { statuszDocument } from './statusz-document.ts'
import { statuszHtml } from './statusz-html.ts'
import { statuszText } from './statusz-text.ts'
import type { StatusSource } from '../status-source.ts'
import { statuszView } from './statusz-view.ts'

/** What the pages are made of. */
export interface PageParts {
  readonly status: StatusSource
  readonly version: VersionInfo
  readonly clock: Pick<Clock, 'wallMs'>
  /** The checks of /readyz that fail now. */
  notReady(): readonly { readonly name: string; readonly reason: string }[]
  /** Every path that the server answers. */
  readonly paths: readonly string[]
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
