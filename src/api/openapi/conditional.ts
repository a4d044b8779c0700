import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, NO_BODY } from '../answer.ts'

/** A document that does not change while the server runs. */
export interface StaticDocument {
  /** As JSON, which the hash is of. */
  readonly json: Buffer
  /** SHA-512 in upper-case hexadecimal, as kube-openapi has it. */
  readonly hash: string
  /** When it was made, whole seconds, milliseconds since the epoch. */
  readonly modifiedMs: number
}

export function staticDocument(content: unknown, nowMs: number): StaticDocument {
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
export function conditionalAnswer(
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
