import { join } from 'node:path'
import type { Clock } from '../model/clock.ts'
import type { Followed, Follower } from '../model/follow.ts'
import { isSamePair, readPair, type UsablePair } from './key-pair.ts'
import type { Logger } from '../model/log.ts'
import { UnusableError } from '../model/unusable-error.ts'
import { createSelfSignedSource } from './self-signed-source.ts'

export interface ServingCertificateOptions {
  /** `--tls-cert-file` and `--tls-private-key-file`: both, or neither. */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** `--cert-dir`: where a made pair is kept, and found again; empty: nowhere. */
  readonly certDir: string
  /** The made pair's files are `<pairName>.crt` and `<pairName>.key`. */
  readonly pairName: string
  /** `--bind-address`: a made certificate is valid for it; `undefined`, 0.0.0.0 and :: stand for all addresses. */
  readonly bindAddress: string | undefined
  /** Further DNS names and IP addresses that a made certificate is valid for. */
  readonly hostNames: readonly string[]
  readonly clock: Pick<Clock, 'wallMs'>
  readonly log: Logger
  readonly follower: Follower
}

/** The certificate to serve with, as it is now. */
export interface ServingCertificate extends Followed<UsablePair> {
  /** The certificate's file; "memory" when there is none. */
  readonly place: string
}

/**
 * The certificate to serve with, followed while it changes (apiserver, pkg/server/options/serving.go): the files given, or
 * what lies in the directory, or a made one, which is renewed before it ends. A replacement that is broken is reported and
 * the pair that was served before stays.
 * @throws UnusableError when there is nothing to serve with.
 */
export async function loadServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  const { certFile, keyFile, certDir, pairName, follower } = options
  const follow = async (place: string, read: (current: UsablePair | undefined) => Promise<UsablePair>) => {
    const name = `serving certificate ${place}`
    return { ...(await follower.follow<UsablePair>({ name, read, isSame: isSamePair })), place }
  }
  if (certFile !== undefined && keyFile !== undefined) return follow(certFile, () => readPair({ certFile, keyFile }))
  if (certFile !== undefined || keyFile !== undefined) {
    throw new UnusableError('--tls-cert-file and --tls-private-key-file must be given together')
  }
  if (certDir === '') return follow('memory', createSelfSignedSource({ ...options, files: undefined }).read)
  const files = { certFile: join(certDir, `${pairName}.crt`), keyFile: join(certDir, `${pairName}.key`) }
  return follow(files.certFile, createSelfSignedSource({ ...options, files }).read)
}
