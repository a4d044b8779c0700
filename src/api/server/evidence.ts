import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import { TLSSocket } from 'node:tls'
import type { IdentityEvidence } from '../../model/identity.ts'

/** The HTTP/2 session of a request that came over one. */
export function sessionOf(request: IncomingMessage): ServerHttp2Session | undefined {
  if (!('stream' in request)) return undefined
  const { stream } = request as unknown as { stream?: { session?: ServerHttp2Session } }
  return stream?.session
}

/** What a request shows of who sent it. */
export function evidenceOf(request: IncomingMessage): IdentityEvidence {
  const session = sessionOf(request)
  // The session's own view of its socket is one object as long as it lives; that of a request is another each time.
  // Once it is destroyed, asking it anything throws; nobody will read the answer then.
  const socket = session === undefined ? request.socket : session.destroyed ? undefined : session.socket
  return { rawHeaders: request.rawHeaders, connection: socket instanceof TLSSocket ? socket : undefined }
}
