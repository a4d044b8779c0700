/** Bytes to send and what they are. */
export interface Encoded {
  /** The whole Content-Type header. */
  readonly contentType: string
  readonly body: Buffer
}

/** The same, of a body that is made while it is sent. */
export interface EncodedChunks {
  readonly contentType: string
  readonly body: ChunkedBody
}

/** A body that is made while it is sent. To be read once, and to the end or until `return` is called. */
export interface ChunkedBody {
  /** How many bytes there will be, where that is known. */
  readonly bytes: number | undefined
  readonly chunks: Iterable<Buffer>
}

/** An answer. */
export interface Answer {
  /** The HTTP status code. */
  readonly status: number
  /** The whole Content-Type header; none when there is nothing to describe. */
  readonly contentType?: string
  readonly body: Buffer | ChunkedBody
  readonly headers?: Readonly<Record<string, string>>
}

export const NO_BODY: Buffer = Buffer.alloc(0)
const TEXT = 'text/plain; charset=utf-8'
const NOSNIFF = Object.freeze({ 'x-content-type-options': 'nosniff' })

export const answerOf = (
  { contentType, body }: Encoded | EncodedChunks,
  headers?: Answer['headers'],
  status = 200,
): Answer => ({
  status,
  contentType,
  body,
  ...(headers !== undefined && { headers }),
})

/** Plain text that browsers shall not take for anything else. */
export const textAnswer = (status: number, text: string): Answer => ({
  status,
  contentType: TEXT,
  body: Buffer.from(text),
  headers: NOSNIFF,
})

/** Plain text as Go's server sends what a handler writes without saying what it is. */
export const bareTextAnswer = (text: string): Answer => ({ status: 200, contentType: TEXT, body: Buffer.from(text) })

/** A document that is no API object, indented (apiserver, responsewriters.WriteRawJSON). */
export const rawJsonAnswer = (status: number, document: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify(document, undefined, 2)),
})
