import { gzipSync } from 'node:zlib'
import { type Answer, NO_BODY } from '../answer.ts'
import { type Exchange, firstHeader } from '../exchange.ts'
import { firstOffered } from '../negotiation/accept.ts'
import { firstValue } from '../request/query.ts'
import { openApiV2, openApiV3 } from './build.ts'
import { conditionalAnswer, type StaticDocument, staticDocument } from './conditional.ts'

export interface OpenApi {
  v2(exchange: Exchange): Answer
  /** The list of the v3 documents. */
  v3(exchange: Exchange): Answer
  /** @param group as in `apis/metrics.k8s.io/v1beta1`. */
  v3Group(exchange: Exchange, group: string): Answer
}

const YEAR_MS = 365 * 86_400_000

const JSON_ONLY = ['application/json']

/** JSON is all there is: it is what kube-aggregator asks for, though Go's handlers could write protobuf as well. */
const takesJson = ({ rawHeaders }: Exchange): boolean =>
  firstOffered(firstHeader(rawHeaders, 'accept'), JSON_ONLY) !== undefined

function takesGzip({ rawHeaders }: Exchange): boolean {
  const codings = (firstHeader(rawHeaders, 'accept-encoding') ?? '').split(',')
  return codings.some((one) => {
    const [coding = '', ...parameters] = one.split(';')
    return coding.trim() === 'gzip' && !parameters.some((p) => /^\s*q=0(\.0*)?\s*$/.test(p))
  })
}

const relativeUrl = (group: string, { hash }: StaticDocument): string => `/openapi/v3/${group}?hash=${hash}`

/** The documents of OpenAPI (kube-openapi, pkg/handler and pkg/handler3), made once. */
export function createOpenApi(nowMs: () => number): OpenApi {
  const v2 = staticDocument(openApiV2(), nowMs())
  const v2Gzip = gzipSync(v2.body)
  const groups = new Map([...openApiV3()].map(([name, content]) => [name, staticDocument(content, nowMs())]))
  const urls = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  const index = staticDocument(
    { paths: Object.fromEntries(urls.map(([name, d]) => [name, { serverRelativeURL: relativeUrl(name, d) }])) },
    nowMs(),
  )

  return {
    v2(exchange) {
      const vary = { vary: 'Accept-Encoding, Accept' }
      if (!takesJson(exchange)) return { status: 406, body: NO_BODY, headers: vary }
      const answer = conditionalAnswer(v2, exchange, vary)
      if (answer.status !== 200 || !takesGzip(exchange)) return answer
      return { ...answer, body: v2Gzip, headers: { ...answer.headers, 'content-encoding': 'gzip' } }
    },
    v3: (exchange) => conditionalAnswer(index, exchange),
    v3Group(exchange, group) {
      const vary = { vary: 'Accept' }
      if (!takesJson(exchange)) return { status: 406, body: NO_BODY, headers: vary }
      const document = groups.get(group)
      // The Go server answers an unknown group with 200 and nothing, and so its clients expect it.
      if (document === undefined) return { status: 200, body: NO_BODY, headers: vary }
      const hash = firstValue(exchange.target.query, 'hash') ?? ''
      if (hash === '') return conditionalAnswer(document, exchange, vary)
      if (hash !== document.hash) {
        return { status: 301, body: NO_BODY, headers: { ...vary, location: relativeUrl(group, document) } }
      }
      const expires = new Date(nowMs() + YEAR_MS).toUTCString()
      const forEver = { ...vary, 'cache-control': 'public, immutable', expires }
      return conditionalAnswer(document, exchange, forEver)
    },
  }
}
