import { type Answer, textAnswer } from '../answer.ts'
import { ApiError } from '../api-error.ts'
import { jsonText } from '../encoding/json-text.ts'
import { encodeText } from '../encoding/text.ts'
import { type Exchange, negotiationOf } from '../exchange.ts'
import { notAcceptable } from '../negotiation/refusal.ts'
import type { PageName } from '../routing/route.ts'
import { flagzDocument } from './flagz-document.ts'
import { flagzHtml } from './flagz-html.ts'
import { flagzText } from './flagz-text.ts'
import { htmlAnswer } from './html-answer.ts'
import type { Markup } from './markup.ts'
import { choosePageMedia, PAGE_MEDIA_TYPES } from './page-media.ts'
import type { PageParts } from './pages.ts'
import { statuszDocument } from './statusz-document.ts'
import { statuszHtml } from './statusz-html.ts'
import { statuszText } from './statusz-text.ts'
import { statuszView } from './statusz-view.ts'

export interface AnsweredParts extends PageParts {
  /** Every path that the server answers. */
  readonly paths: readonly string[]
}

/** A page in each of its forms. */
interface Page {
  /** Of the structured form. */
  readonly kind: string
  html(parts: AnsweredParts): Promise<Markup> | Markup
  text(parts: AnsweredParts): string
  document(parts: AnsweredParts): object
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
export async function answerPage(name: PageName, exchange: Exchange, parts: AnsweredParts): Promise<Answer> {
  const page = PAGES[name]
  const media = choosePageMedia(negotiationOf(exchange), page.kind)
  if (media === undefined) throw new ApiError(notAcceptable(PAGE_MEDIA_TYPES))
  if (media.format === 'html') return htmlAnswer(await page.html(parts))
  if (media.format === 'text') return textAnswer(200, page.text(parts))
  const { version, format, pretty } = media
  const head = { kind: page.kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: 'metrics-server' } }
  const compact = Buffer.from(`${jsonText({ ...head, ...page.document(parts) })}\n`)
  const { contentType, body } = encodeText(compact, { format, pretty, as: undefined })
  return { status: 200, contentType, body, ...(version === 'v1alpha1' && { headers: deprecated(name) }) }
}
