import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { certificateBlocks } from './pem.ts'
import { readTextFile } from '../model/text-file.ts'
import { UnusableError } from '../model/unusable-error.ts'

/** A certificate, followed by those that lead to its CA, and its private key, both PEM. */
export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

/** A pair that belongs together and that TLS takes. */
export interface UsablePair extends KeyPair {
  readonly leaf: X509Certificate
}

/** Where the two come from, for people: paths, or what stands for them. */
export interface PairFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** What OpenSSL says of a PEM text has its own words in it and none of the text's. */
function attempt<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new UnusableError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** @throws UnusableError when the two cannot be read, do not belong together, or TLS would not take them. */
export function checkPair({ certPem, keyPem }: KeyPair, { certFile, keyFile }: PairFiles): UsablePair {
  const leaf = attempt(`${certFile} holds no certificate that can be read`, () => new X509Certificate(certPem))
  const key = attempt(`${keyFile} holds no private key that can be read (it must not be encrypted)`, () =>
    createPrivateKey(keyPem),
  )
  if (!leaf.checkPrivateKey(key)) {
    throw new UnusableError(`the private key ${keyFile} does not belong to the certificate ${certFile}`)
  }
  attempt(`${certFile} and ${keyFile} cannot be used`, () => createSecureContext({ cert: certPem, key: keyPem }))
  return { certPem, keyPem, leaf }
}

/** @throws UnusableError when either cannot be read, or they are not usable. */
export async function readPair(files: PairFiles): Promise<UsablePair> {
  const [certPem, keyPem] = await Promise.all([
    readTextFile(files.certFile, 'the certificate'),
    readTextFile(files.keyFile, 'the private key'),
  ])
  return checkPair({ certPem, keyPem }, files)
}

export const isSamePair = (a: KeyPair, b: KeyPair): boolean => a.certPem === b.certPem && a.keyPem === b.keyPem

/**
 * The certificates of a bundle as PEM, written anew: OpenSSL stops without a word at what it cannot read, such as two
 * certificates with no line break between them, and would trust less than was checked.
 * @throws UnusableError when there is none, or one that cannot be read.
 */
export function readAuthorities(pem: string, file: string): string {
  const blocks = certificateBlocks(pem)
  if (blocks.length === 0) throw new UnusableError(`${file} holds no certificate`)
  const read = (block: string, i: number) =>
    attempt(`${file}: its certificate number ${i + 1} cannot be read`, () => new X509Certificate(block).toString())
  return blocks.map(read).join('').trimEnd()
}
