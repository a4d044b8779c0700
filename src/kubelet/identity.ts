import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { oneLine } from '../model/one-line.ts'

/** As Go does, names count only when they are subject alternative names, and a `*` stands for one whole label. */
const STRICT = { subject: 'never', partialWildcards: false } as const

const isFor = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name, STRICT) : certificate.checkIP(name)) !== undefined

/**
 * Whether the certificate is that of the kubelet we mean: it names the address dialled, or it names the node. The
 * self-signed certificate that a kubelet makes for itself, and many that clusters sign, have no SAN for the node's IP;
 * the node's name comes from the apiserver, so that it is no weaker a proof than an address from there.
 */
export function namesKubelet(certificate: X509Certificate, dialled: string, nodeName: string): boolean {
  return isFor(certificate, dialled) || isFor(certificate, nodeName)
}

/** "names DNS:node-1, IP Address:10.0.0.1, issued by CN=ca": what an operator needs to find the right CA or name. */
export function describeCertificate(certificate: X509Certificate): string {
  const names = oneLine(certificate.subjectAltName ?? 'none', 200)
  return `the certificate has the names ${names}, was issued by ${oneLine(certificate.issuer, 120)}`
}

/** Why a kubelet's certificate was not accepted. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
  /** Node's code of the verification (CERT_HAS_EXPIRED, …), or WRONG_NAME. */
  readonly code: string
  readonly description: string

  constructor(code: string, description: string) {
    super(`${description} (${code})`)
    this.code = code
    this.description = description
  }
}
