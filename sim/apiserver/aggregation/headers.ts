import type { IncomingMessage } from 'node:http'
import type { User } from '../../../src/model/identity.ts'
import type { BackendHeaders } from './backend.ts'

/** Never passed on: what belongs to the connection, and what says who asks (a caller may not say that itself). */
const KEPT_BACK =
  /^(:|connection$|keep-alive$|transfer-encoding$|upgrade$|te$|proxy-|host$|authorization$|impersonate-|x-remote-|x-forwarded-|audit-id$)/

/** The user in the headers of a front proxy, one header per group (client-go, transport/round_trippers.go). */
export function identityHeaders(user: User): BackendHeaders {
  const headers: Record<string, string | readonly string[]> = {
    'x-remote-user': user.name,
    'x-remote-group': user.groups,
  }
  if (user.uid !== undefined) headers['x-remote-uid'] = user.uid
  for (const [key, values] of user.extra) headers[`x-remote-extra-${encodeURIComponent(key).toLowerCase()}`] = values
  return headers
}

/** The caller's headers, and where the request came in. */
export function forwardedHeaders(request: IncomingMessage): BackendHeaders {
  const headers: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !KEPT_BACK.test(name)) headers[name] = value
  }
  const host = request.headers[':authority'] ?? request.headers.host ?? ''
  headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
  headers['x-forwarded-host'] = String(host)
  headers['x-forwarded-proto'] = 'https'
  headers['x-forwarded-uri'] = (request.url ?? '/').split('?')[0] ?? '/'
  headers['accept-encoding'] ??= 'gzip'
  return headers
}
