import { UnusableError } from '../files/text-file.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { findChains } from './chain.ts'
import { PemError, readCertificates } from './pem.ts'

/** A megabyte holds some five hundred certificates. */
const MAX_BUNDLE_LENGTH = 1 << 20

/**
 * The certificates of a PEM bundle, by Go's rules.
 * @throws PemError when there is none, one cannot be read, or the bundle is larger than a megabyte.
 */
export function parseCaBundle(pem: string): Certificate[] {
  if (pem.length > MAX_BUNDLE_LENGTH) throw new PemError(`it is larger than ${MAX_BUNDLE_LENGTH} bytes`)
  return readCertificates(pem, 'it', readCertificate)
}

/**
 * Whether a certificate that leads to one bundle leads to the other as well: they have a key in common, or an authority
 * of the other has signed one of the first.
 */
export function leadsTo(bundle: string, other: string): boolean {
  const above = authoritiesOf(other) ?? []
  const isSameKey = (a: Certificate, b: Certificate) =>
    a.subject.equals(b.subject) && a.x509.publicKey.equals(b.x509.publicKey)
  return (authoritiesOf(bundle) ?? []).some(
    (one) => above.some((root) => isSameKey(one, root)) || findChains(one, [], above, 'client').length > 0,
  )
}

/**
 * The certificates of a bundle that was checked elsewhere: one that cannot be read vouches for no certificate.
 * @returns undefined when there is no bundle.
 */
export function authoritiesOf(pem: string | undefined): readonly Certificate[] | undefined {
  try {
    return pem === undefined ? undefined : parseCaBundle(pem)
  } catch (error) {
    if (error instanceof PemError) return []
    throw error
  }
}

/**
 * The certificates of a bundle, written again as PEM: OpenSSL stops silently at what it cannot read, such as two
 * certificates with no line break between them, and would trust less than was checked.
 * @throws UnusableError when there is none, or one that cannot be read.
 */
export function readAuthorities(pem: string, file: string): string {
  try {
    return readCertificates(pem, file, (x509) => x509.toString())
      .join('')
      .trimEnd()
  } catch (cause) {
    if (cause instanceof PemError) throw new UnusableError(cause.message, { cause })
    throw cause
  }
}
