import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type Answer, NO_BODY } from '../answer.ts'
import type { RequestContext } from '../hooks/request-context.ts'
import { firstOffered } from '../negotiation/accept.ts'
import { firstHeader, firstValue } from '../request/request-target.ts'
import { openApiV2, openApiV3 } from './build.ts'
import { protobufV2, protobufV3 } from './protobuf.ts'

/** A document that does not change while the server runs. */
export interface StaticDocument {
  /** As JSON, which the hash is of. */
  readonly json: Buffer
  /** SHA-512 in upper-case hexadecimal, as kube-openapi has it. */
  readonly hash: string
  /** When it was made, whole seconds, milliseconds since the epoch. */
  readonly modifiedMs: number
}

function staticDocument(content: unknown, nowMs: number): StaticDocument {
  const json = Buffer.from(JSON.stringify(content))
  const hash = createHash('sha512').update(json).digest('hex').toUpperCase()
  return { json, hash, modifiedMs: Math.floor(nowMs / 1000) * 1000 }
}

const namesTag = (header: string, tag: string): boolean =>
  header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)

function isFresh(document: StaticDocument, tag: string, headers: IncomingHttpHeaders): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) return namesTag(tags, tag)
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return !Number.isNaN(since) && document.modifiedMs <= since
}

/**
 * Serves a document with its ETag, or 304 when the client has it already (Go's http.ServeContent, without ranges). Every form
 * of a document has the ETag of its JSON, as in kube-openapi: `Vary: Accept` tells them apart.
 * @param body in the form that was negotiated; made only when it is sent.
 */
function conditionalAnswer(
  document: StaticDocument,
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  { contentType, body }: { readonly contentType: string; body(): Buffer },
  more: Readonly<Record<string, string>> = {},
): Answer {
  const etag = `"${document.hash}"`
  const lastModified = new Date(document.modifiedMs).toUTCString()
  const headers = { ...more, etag, 'last-modified': lastModified }
  const conditional = request.method === 'GET' || request.method === 'HEAD'
  if (conditional && isFresh(document, etag, request.headers)) return { status: 304, body: NO_BODY, headers }
  return { status: 200, contentType, body: body(), headers }
}

export interface OpenApi {
  v2(context: RequestContext): Answer
  /** The list of the v3 documents. */
  v3(context: RequestContext): Answer
  /** @param group as in `apis/metrics.k8s.io/v1beta1`. */
  v3Group(context: RequestContext, group: string): Answer
}

/** A form that a document can be had in. */
interface Form {
  readonly contentType: string
  body(): Buffer
}

/** A document and its forms. */
interface Published {
  readonly document: StaticDocument
  readonly json: Form
  readonly protobuf: Form
}

const YEAR_MS = 365 * 86_400_000

const JSON_TYPE = 'application/json'
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
const V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf'

/** The media types that can be asked for. Those with an @ are deprecated and answered with the others. */
const V2_OFFERED = [JSON_TYPE, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf', V2_PROTOBUF]
const V3_OFFERED = [JSON_TYPE, V3_PROTOBUF, 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf']

const negotiated = ({ rawHeaders }: RequestContext, offered: readonly string[]): string | undefined =>
  firstOffered(firstHeader(rawHeaders, 'accept'), offered)

function takesGzip({ rawHeaders }: RequestContext): boolean {
  const codings = (firstHeader(rawHeaders, 'accept-encoding') ?? '').split(',')
  return codings.some((one) => {
    const [coding = '', ...parameters] = one.split(';')
    return coding.trim() === 'gzip' && !parameters.some((p) => /^\s*q=0(\.0*)?\s*$/.test(p))
  })
}

/** Makes a value when it is first asked for, and never again. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function publish(document: StaticDocument, contentType: string, encode: (content: unknown) => Buffer): Published {
  return {
    document,
    json: { contentType: JSON_TYPE, body: () => document.json },
    protobuf: { contentType, body: once(() => encode(JSON.parse(document.json.toString()))) },
  }
}

const relativeUrl = (group: string, { hash }: StaticDocument): string => `/openapi/v3/${group}?hash=${hash}`

/** The documents of OpenAPI (kube-openapi, pkg/handler and pkg/handler3), each made once, when it is first asked for. */
export function createOpenApi(nowMs: () => number): OpenApi {
  const v2 = once(() => publish(staticDocument(openApiV2(), nowMs()), V2_PROTOBUF, protobufV2))
  const v2Packed = {
    json: once(() => gzipSync(v2().json.body())),
    protobuf: once(() => gzipSync(v2().protobuf.body())),
  }
  const groups = once(() => {
    const made = nowMs()
    return new Map(
      [...openApiV3()].map(([name, content]) => [
        name,
        publish(staticDocument(content, made), V3_PROTOBUF, protobufV3),
      ]),
    )
  })
  const index = once(() => {
    const sorted = [...groups()].sort(([a], [b]) => (a < b ? -1 : 1))
    const paths = sorted.map(([name, { document }]) => [name, { serverRelativeURL: relativeUrl(name, document) }])
    return staticDocument({ paths: Object.fromEntries(paths) }, nowMs())
  })

  return {
    v2(context) {
      const vary = { vary: 'Accept-Encoding, Accept' }
      const type = negotiated(context, V2_OFFERED)
      if (type === undefined) return { status: 406, body: NO_BODY, headers: vary }
      const form = type === JSON_TYPE ? 'json' : 'protobuf'
      const { document, [form]: plain } = v2()
      const packed = takesGzip(context)
      const sent = packed ? { contentType: plain.contentType, body: v2Packed[form] } : plain
      const answer = conditionalAnswer(document, context, sent, vary)
      if (answer.status !== 200 || !packed) return answer
      return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' } }
    },
    v3(context) {
      const document = index()
      return conditionalAnswer(document, context, { contentType: JSON_TYPE, body: () => document.json })
    },
    v3Group(context, group) {
      const vary = { vary: 'Accept' }
      const type = negotiated(context, V3_OFFERED)
      if (type === undefined) return { status: 406, body: NO_BODY, headers: vary }
      const published = groups().get(group)
      // The Go server answers an unknown group with 200 and nothing, and so its clients expect it.
      if (published === undefined) return { status: 200, body: NO_BODY, headers: vary }
      const { document, json, protobuf } = published
      const form = type === JSON_TYPE ? json : protobuf
      const hash = firstValue(context.target.query, 'hash') ?? ''
      if (hash === '') return conditionalAnswer(document, context, form, vary)
      if (hash !== document.hash) {
        return { status: 301, body: NO_BODY, headers: { ...vary, location: relativeUrl(group, document) } }
      }
      const expires = new Date(nowMs() + YEAR_MS).toUTCString()
      const forEver = { ...vary, 'cache-control': 'public, immutable', expires }
      return conditionalAnswer(document, context, form, forEver)
    },
  }
}
