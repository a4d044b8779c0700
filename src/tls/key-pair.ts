import { createPrivateKey, X509Certificate } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Logger } from '../model/log.ts'
import { readTextFile, UnusableError } from '../files/text-file.ts'

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

/** OpenSSL's messages quote nothing of the PEM text. */
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

/** Read or written by every user of the machine. That of a group is often meant: fsGroup, or a group for keys. */
const OTHERS = 0o006
/**
 * Where the kubelet puts the files of a Secret, behind the link `..data`. Their mode is 0644 by default and
 * does not say who may read them: the volume is the pod's own, and in memory.
 */
const SECRET_VOLUME = /\/\.\.\d{4}_\d\d_\d\d_[^/]+\/[^/]+$/

/**
 * Whether every user of the machine may read a file, or write it. One that is not there, or cannot be looked at, is not
 * open.
 */
async function isOpen(path: string): Promise<boolean> {
  try {
    const real = await realpath(path)
    return !SECRET_VOLUME.test(real) && ((await stat(real)).mode & OTHERS) !== 0
  } catch {
    return false
  }
}

/** Warns of each file with a private key in it that others may read. */
export async function warnOfOpenKeys(paths: readonly (string | undefined)[], log: Logger): Promise<void> {
  for (const path of new Set(paths)) {
    if (path === undefined || !(await isOpen(path))) continue
    log.warn('Every user of this machine may read or change a file with a private key or token: run chmod 600 on it', {
      path,
    })
  }
}
