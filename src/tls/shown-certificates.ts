import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { type Certificate, readCertificate } from './certificate.ts'
import { DerError } from './der.ts'

/** What a peer may show: its own certificate and those that lead to a root. Real chains have two to five. */
export const MAX_SHOWN = 16

/** What a peer showed cannot be looked at, or not at a bounded cost. The message says why, and quotes nothing. */
export class ShownCertificatesError extends Error {
  override readonly name = 'ShownCertificatesError'
}

function shownBy(connection: TLSSocket): X509Certificate[] {
  const shown: X509Certificate[] = []
  if (typeof connection.getPeerX509Certificate !== 'function') return shown
  for (let next = connection.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) {
    if (shown.length === MAX_SHOWN) {
      throw new ShownCertificatesError(`it came with more than ${MAX_SHOWN - 1} other certificates`)
    }
    shown.push(next)
  }
  return shown
}

/**
 * The certificates that the peer of a connection showed: its own first, then what came with it, in its order. On a
 * session that a server resumes OpenSSL has forgotten what came with it.
 * @throws ShownCertificatesError when there are too many, one is malformed, or one has a key that Go would not verify with.
 */
export function readShownCertificates(connection: TLSSocket): Certificate[] {
  return shownBy(connection).map((x509) => {
    let certificate: Certificate
    try {
      certificate = readCertificate(x509)
    } catch (cause) {
      if (!(cause instanceof DerError)) throw cause
      throw new ShownCertificatesError(`it is malformed: ${cause.message}`, { cause })
    }
    if (certificate.keyFault !== undefined) throw new ShownCertificatesError(certificate.keyFault)
    return certificate
  })
}
