import type { TLSSocket } from 'node:tls'
import type { RequestHeaderConfig } from '../cluster/authentication-config.ts'
import type { Clock } from '../model/clock.ts'
import type { User } from '../model/identity.ts'
import { headersWithPrefix, headerValues, unescapeKey } from '../model/raw-headers.ts'
import { holdsAt } from '../tls/chain.ts'
import type { ClientCertificateVerifier } from './client-certificates.ts'
import type { TrustSource } from './trust.ts'

/** Go's http.Header.Get: the first value of a header counts, also when it is empty and a second is not. */
function firstNonEmpty(rawHeaders: readonly string[], names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headerValues(rawHeaders, name)[0]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

function extraOf(rawHeaders: readonly string[], prefixes: readonly string[]): Map<string, string[]> {
  const extra = new Map<string, string[]>()
  for (const prefix of prefixes) {
    for (const [rest, value] of headersWithPrefix(rawHeaders, prefix)) {
      const key = unescapeKey(rest)
      const values = extra.get(key)
      if (values === undefined) extra.set(key, [value])
      else values.push(value)
    }
  }
  return extra
}

/**
 * The user whom a front proxy names in its headers (apiserver, pkg/authentication/request/headerrequest). Only for
 * connections that proved to be the front proxy's.
 * @returns undefined when it names no user.
 */
export function userFromHeaders(rawHeaders: readonly string[], trust: RequestHeaderConfig): User | undefined {
  const name = firstNonEmpty(rawHeaders, trust.usernameHeaders)
  if (name === undefined) return undefined
  return {
    name,
    uid: firstNonEmpty(rawHeaders, trust.uidHeaders),
    groups: trust.groupHeaders.flatMap((header) => headerValues(rawHeaders, header)).filter((group) => group !== ''),
    extra: extraOf(rawHeaders, trust.extraHeaderPrefixes),
  }
}

/**
 * Whether a connection's certificate is the front proxy's, before there is a request; each request is authenticated all
 * the same.
 */
export function createFrontProxyCheck(
  trust: TrustSource,
  verifyCertificate: ClientCertificateVerifier,
  clock: Pick<Clock, 'wallMs'>,
) {
  return (connection: TLSSocket): boolean => {
    const allowedNames = trust.current().requestHeader?.allowedNames
    const verification = verifyCertificate(connection)
    if (allowedNames === undefined || !holdsAt(verification?.frontProxy ?? [], clock.wallMs())) return false
    return allowedNames.length === 0 || allowedNames.includes(verification?.commonName ?? '')
  }
}
