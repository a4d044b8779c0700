import tls, { TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import type { Clock } from '../../model/clock.ts'
import { authoritiesOf } from '../../tls/ca-bundle.ts'
import { serverCertificateFault } from '../../tls/server-certificate.ts'
import type { ClusterAccess } from '../credentials/access.ts'

/** The certificate of the apiserver is not accepted. Nothing was sent to it. */
export class ApiserverCertificateError extends Error {
  override readonly name = 'ApiserverCertificateError'
  /** Node's code of the verification, or of the name's. */
  readonly code: string

  constructor(code: string, reason: string) {
    super(`its certificate is not accepted: ${reason} (${code})`)
    this.code = code
  }
}

const REASONS = new Map([
  ['CERT_HAS_EXPIRED', 'it, or one that vouches for it, has expired'],
  ['CERT_NOT_YET_VALID', 'it, or one that vouches for it, is not valid yet'],
  ['INVALID_PURPOSE', 'it is not for servers'],
])
const NOT_TRUSTED = 'no CA of the kubeconfig (or of the service account) vouches for it'

/**
 * Makes connections to the apiserver, proven to be its own before they are handed on: a token goes to nobody else. Sessions
 * are not resumed: of a resumed one nobody knows what vouched for its certificate.
 */
export function createApiserverConnector(
  access: Pick<ClusterAccess, 'server' | 'tls'>,
  clock: Pick<Clock, 'wallMs'>,
  timeoutMs: number,
): buildConnector.connector {
  const { ca, cert, key, servername, insecure } = access.tls
  const roots = authoritiesOf(ca)
  const name = servername ?? access.server.hostname.replace(/^\[(.*)\]$/, '$1')
  const connect = buildConnector({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert, key }),
    ...(servername !== undefined && { servername }),
    // Judged below: OpenSSL's word alone is too strict, and a name is not looked at where it finds fault.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    maxCachedSessions: 0,
    timeout: timeoutMs,
    allowH2: false,
  })

  function faultOf(socket: TLSSocket): Error | undefined {
    const fault = serverCertificateFault(socket, roots, clock.wallMs())
    if (fault === undefined) return tls.checkServerIdentity(name, socket.getPeerCertificate(true))
    return new ApiserverCertificateError(fault.code, fault.reason ?? REASONS.get(fault.code) ?? NOT_TRUSTED)
  }

  return (options, callback) =>
    connect(options, (...result) => {
      const [, socket] = result
      const fault = socket instanceof TLSSocket && !insecure ? faultOf(socket) : undefined
      if (fault === undefined) {
        callback(...result)
        return
      }
      socket?.destroy()
      callback(fault, null)
    })
}
