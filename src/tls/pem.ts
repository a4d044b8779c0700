import { X509Certificate } from 'node:crypto'

/**
 * Blocks with headers are passed over, as client-go does (util/cert, ParseCertsPEM; crypto/x509, AppendCertsFromPEM).
 */
const BLOCK = /-----BEGIN CERTIFICATE-----[^-:]*-----END CERTIFICATE-----/g

/** The certificates of a PEM text, unchanged and in their order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(BLOCK) ?? []
}

/** A PEM text whose certificates cannot be read. The message names its place and quotes nothing of it. */
export class PemError extends Error {
  override readonly name = 'PemError'
}

/**
 * Reads every certificate of a PEM text. Other blocks, text between them, and blocks with headers are passed over.
 * @param place for people, the subject of the error's message: a file, a key, or "it".
 * @throws PemError when there is none, or `read` refuses one.
 */
export function readCertificates<T>(pem: string, place: string, read: (x509: X509Certificate) => T): T[] {
  const blocks = certificateBlocks(pem)
  if (blocks.length === 0) throw new PemError(`${place} holds no certificate`)
  return blocks.map((block, i) => {
    try {
      return read(new X509Certificate(block))
    } catch (cause) {
      throw new PemError(`${place} holds a certificate that cannot be read (number ${i + 1})`, { cause })
    }
  })
}
