import { ApiError } from '../api-error.ts'
import { methodNotAllowed, nothingAvailable, unsupportedMediaType } from '../status.ts'
import type { ApiRoute } from './route.ts'

export interface RequestShape {
  readonly method: string
  readonly contentType: string | undefined
  /** Bytes announced by Content-Length. */
  readonly contentLength: number
}

const essence = (mediaType: string): string => (mediaType.split(';', 1)[0] ?? '').trim()

/**
 * Lets a request through to an API path, or refuses it for its method or the type of its body, in that order
 * (go-restful, RouterJSR311.detectRoute). What it accepts is looked at next, by content negotiation.
 * @throws ApiError 405, 415 or 406.
 */
export function admit(route: ApiRoute, { method, contentType, contentLength }: RequestShape): void {
  if (method !== 'GET') throw new ApiError(methodNotAllowed())
  if (contentType === undefined || contentType === '' || route.consumes.includes('*/*')) return
  if (contentType.split(',').some((one) => route.consumes.includes(essence(one)))) return
  // Without a body go-restful goes on with no route left, and then names nothing as available.
  throw new ApiError(contentLength > 0 ? unsupportedMediaType() : nothingAvailable())
}
