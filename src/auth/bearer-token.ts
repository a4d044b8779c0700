import { headerValues } from '../model/raw-headers.ts'

/**
 * The token of an `Authorization: Bearer` header (apiserver, pkg/authentication/request/bearertoken): the first such
 * header counts, the scheme's case does not, what follows the token after a space is ignored.
 * @returns undefined when there is none, which is no error: the request may be anonymous.
 */
export function bearerTokenOf(rawHeaders: readonly string[]): string | undefined {
  const header = headerValues(rawHeaders, 'authorization')[0]?.trim()
  const [scheme, token] = header?.split(' ', 3) ?? []
  return scheme?.toLowerCase() === 'bearer' && token !== '' ? token : undefined
}
