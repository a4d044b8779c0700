import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'

/** A certificate and its key that cannot be served with. Names the files; nothing of what stands in them. */
export class ServingCertificateError extends Error {
  override readonly name = 'ServingCertificateError'
}

/** A certificate, followed by those that lead to its CA, and its private key, both PEM. */
export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

export interface PairFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** A pair that belongs together and that a TLS server takes. */
export interface UsablePair extends KeyPair {
  readonly leaf: X509Certificate
}

/** Where pairs come from: given files, or a directory with what is made when nothing is there. */
export interface PairSource {
  /** At the start. @throws ServingCertificateError */
  load(): Promise<UsablePair>
  /** Later on: what to serve instead, if anything. @throws ServingCertificateError */
  next(current: UsablePair): Promise<UsablePair | undefined>
}

function attempt<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ServingCertificateError(`${what}: ${why}`, { cause })
  }
}

/** @throws ServingCertificateError when the two cannot be read, do not belong together, or no server would take them. */
export function checkPair({ certPem, keyPem }: KeyPair, { certFile, keyFile }: PairFiles): UsablePair {
  const leaf = attempt(`${certFile} holds no certificate that can be read`, () => new X509Certificate(certPem))
  const key: KeyObject = attempt(`${keyFile} holds no private key that can be read (it must not be encrypted)`, () =>
    createPrivateKey(keyPem),
  )
  if (!leaf.checkPrivateKey(key)) {
    throw new ServingCertificateError(`the private key ${keyFile} does not belong to the certificate ${certFile}`)
  }
  attempt(`${certFile} and ${keyFile} cannot be served with`, () => createSecureContext({ cert: certPem, key: keyPem }))
  return { certPem, keyPem, leaf }
}

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error

/** A file's text, `undefined` when it cannot be read. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isErrno(error)) return undefined
    throw error
  }
}

/**
 * The pair in these files; `undefined` when neither can be read.
 * @throws ServingCertificateError when only one can (client-go's CanReadCertAndKey), or they are not usable.
 */
export async function readPair(files: PairFiles): Promise<UsablePair | undefined> {
  const [certPem, keyPem] = await Promise.all([textOf(files.certFile), textOf(files.keyFile)])
  if (certPem === undefined && keyPem === undefined) return undefined
  const missing = certPem === undefined ? files.certFile : files.keyFile
  if (certPem === undefined || keyPem === undefined) {
    throw new ServingCertificateError(`cannot read ${missing}: a certificate and its key must be given as a pair`)
  }
  return checkPair({ certPem, keyPem }, files)
}
