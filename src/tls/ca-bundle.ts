import { X509Certificate } from 'node:crypto'
import { certificateBlocks } from './pem.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { findChains } from './chain.ts'

/** A CA bundle that cannot be used. The message says why, never what stands in it. */
export class CaBundleError extends Error {
  override readonly name = 'CaBundleError'
}

/** A megabyte holds some five hundred certificates. */
export const MAX_BUNDLE_LENGTH = 1 << 20

/**
 * The certificates of a PEM bundle. Other blocks, text between them, and blocks with headers are passed over, as
 * client-go's ParseCertsPEM does.
 * @throws CaBundleError when there is none, or one cannot be read.
 */
export function parseCaBundle(pem: string): Certificate[] {
  if (pem.length > MAX_BUNDLE_LENGTH) throw new CaBundleError(`it is larger than ${MAX_BUNDLE_LENGTH} bytes`)
  const blocks = certificateBlocks(pem)
  if (blocks.length === 0) throw new CaBundleError('it has no certificate in it')
  return blocks.map((block, i) => {
    try {
      return readCertificate(new X509Certificate(block))
    } catch (cause) {
      throw new CaBundleError(`its certificate number ${i + 1} cannot be read`, { cause })
    }
  })
}

/**
 * Whether who is vouched for by one bundle is vouched for by another as well: they have a key in common, or an authority of the
 * other has signed one of the first.
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
 * The certificates of a bundle that somebody else has checked and reported on: one that cannot be read vouches for nobody.
 * @returns undefined when there is no bundle.
 */
export function authoritiesOf(pem: string | undefined): readonly Certificate[] | undefined {
  try {
    return pem === undefined ? undefined : parseCaBundle(pem)
  } catch (error) {
    if (error instanceof CaBundleError) return []
    throw error
  }
}
