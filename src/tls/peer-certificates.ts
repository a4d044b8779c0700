import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { type Certificate, readCertificate } from './certificate.ts'
import { findChains, holdsAt } from './chain.ts'
import { DerError } from './der.ts'

/** What a peer may show: its own certificate and those that lead to a root. Real chains have two to five. */
const MAX_SHOWN = 16

/** A peer's certificates cannot be read, or not at a bounded cost. The message gives the reason and quotes nothing. */
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
 * @throws ShownCertificatesError when there are too many, one is malformed, or one has a key that Go would not verify
 *   with.
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

/** Why a server's certificate is not believed. */
export interface ServerCertificateFault {
  /** Node's code of the verification (CERT_HAS_EXPIRED, …), NO_CERTIFICATE or CERT_UNACCEPTABLE. */
  readonly code: string
  /** For CERT_UNACCEPTABLE, what is wrong with it, for people. */
  readonly reason?: string
}

/**
 * What OpenSSL says when another way to a root may be open: it takes an issuer only when its key identifier is the one
 * that the child names, which RFC 5280 has for a hint and Go does not look at. So it does not find a CA that was
 * renewed with its key by a tool that makes identifiers anew, and goes by the one before that the server still shows,
 * expired or not.
 */
const OTHER_WAYS_OPEN: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'AKID_SKID_MISMATCH',
  'AKID_ISSUER_SERIAL_MISMATCH',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
])

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : error
  return typeof code === 'string' ? code : 'UNVERIFIED'
}

/**
 * Whether the server at the other end of a connection, made with `rejectUnauthorized: false`, has proven by its
 * certificate to be vouched for; what name it is for is the caller's to check, before a byte is sent.
 *
 * Where OpenSSL proves it, it is proven. Where it found no issuer, the rules of Go decide, by the same roots:
 * signatures, times, usages and limits, but not key identifiers. Keys and forms that Go refuses are refused in either
 * case.
 * @param roots what the connection was made to trust; `undefined`: the public authorities, which OpenSSL alone knows.
 */
export function serverCertificateFault(
  socket: TLSSocket,
  roots: readonly Certificate[] | undefined,
  wallMs: number,
): ServerCertificateFault | undefined {
  let shown: readonly Certificate[]
  try {
    shown = readShownCertificates(socket)
  } catch (error) {
    if (error instanceof ShownCertificatesError) return { code: 'CERT_UNACCEPTABLE', reason: error.message }
    throw error
  }
  const [leaf, ...others] = shown
  if (leaf === undefined) return { code: 'NO_CERTIFICATE' }
  if (socket.authorized) return undefined
  const code = codeOf(socket.authorizationError)
  if (roots === undefined || !OTHER_WAYS_OPEN.has(code)) return { code }
  return holdsAt(findChains(leaf, others, roots, 'server'), wallMs) ? undefined : { code }
}
