import type { IncomingMessage } from 'node:http'
import type { User } from '../../src/model/identity.ts'
import type { Access } from '../access/access.ts'
import { authenticate, user } from '../access/authenticate.ts'
import { ApiError } from './api-error.ts'
import { questionOf, type RequestInfo } from './request.ts'

/** Who asks; system:masters may ask as somebody else (kubectl --as). */
export function identify(request: IncomingMessage, access: Access): User {
  const who = authenticate(tlsSocketOf(request), request.headers, access.tokens)
  if (who === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized')
  const impersonated = request.headers['impersonate-user']
  if (impersonated === undefined || !who.groups.includes('system:masters')) return who
  const groups = String(request.headers['impersonate-group'] ?? '').split(', ')
  return user(
    String(impersonated),
    groups.filter((group) => group !== ''),
  )
}

/** The TLS socket under a request: HTTP/2 requests have it at their session. */
function tlsSocketOf(request: IncomingMessage): unknown {
  const { stream } = request as unknown as { stream?: { session?: { socket?: unknown } } }
  return stream?.session?.socket ?? request.socket
}

/** Throws the 403 that says who may not do what (k8s.io/apiserver, pkg/endpoints/handlers/responsewriters/errors.go). */
export function authorize(who: User, info: RequestInfo, access: Access): void {
  if (access.allows(who, questionOf(info))) return
  const cannot = `User "${who.name}" cannot ${info.verb}`
  if (info.isPath) throw new ApiError(403, 'Forbidden', `forbidden: ${cannot} path "${info.url.pathname}"`)
  const { resource, group, name, namespace } = info
  const what = `${resource}${group && `.${group}`}${name && ` "${name}"`}`
  const scope = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  const message = `${what} is forbidden: ${cannot} resource "${resource}" in API group "${group}" ${scope}`
  throw new ApiError(403, 'Forbidden', message)
}
