import type { V1Status } from '@kubernetes/client-node'
import { read, unchecked } from '../api-object.ts'
import { text } from '../json-value.ts'

const MESSAGE_LIMIT = 500

/** The apiserver answered with a status other than 2xx, or sent an error in a watch. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly path: string
  /** The HTTP status code. */
  readonly status: number
  /** The `reason` of the Status, such as "Forbidden" or "Expired". */
  readonly reason: string | undefined

  constructor(request: string, path: string, status: number, body: unknown) {
    const said = unchecked<V1Status>(body)
    const message = text(read(said, 'message'))?.slice(0, MESSAGE_LIMIT)
    super(`${request}: the apiserver answered ${status}${message === undefined ? '' : `: ${message}`}`)
    this.path = path
    this.status = status
    this.reason = text(read(said, 'reason'))
  }

  /** The resource version or the continue token is too old (or, listing from a cache, too new): list afresh. */
  get expired(): boolean {
    return this.status === 410 || this.reason === 'Expired' || this.reason === 'Gone'
  }
}

/** There was no whole answer: refused, cut off, not in time, or the certificate is not accepted. `cause` has more. */
export class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable'
}

/** An answer that cannot be used: too large, not JSON, or not of the kind requested. */
export class ApiAnswerInvalid extends Error {
  override readonly name = 'ApiAnswerInvalid'
}

/** The JSON of a body, or `undefined` when it is none: the body of an error may be a proxy's page. */
export function parseIfJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Parses an answer. @throws ApiAnswerInvalid that names the request; the body is not quoted. */
export function parseAnswer(body: Buffer, request: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    // V8 quotes the text around the fault, which may be a token review's: the cause is left out.
    throw new ApiAnswerInvalid(`${request}: the answer (${body.length} bytes) is not JSON`)
  }
}

/** The Status inside a watch's ERROR event as an error. */
export function errorOfEvent(object: unknown, request: string, path: string): ApiError {
  const code: unknown = read(unchecked<V1Status>(object), 'code')
  return new ApiError(`${request} (watch)`, path, typeof code === 'number' ? code : 500, object)
}
