import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import type { Clock } from '../model/clock.ts'
import type { Followed, Follower } from '../files/follower.ts'
import type { Logger } from '../model/log.ts'
import { reasonOf, UnusableError } from '../files/text-file.ts'
import { checkPair, isSamePair, type KeyPair, type PairFiles, readPair, type UsablePair } from './key-pair.ts'
import { makeSelfSigned } from './self-signed.ts'

/** Replaces a file by a whole new one. A link under the new name is neither followed nor written through. */
async function place(path: string, text: string, mode: number): Promise<() => Promise<void>> {
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  await writeFile(fresh, text, { mode, flag: 'wx' })
  return () => rename(fresh, path)
}

/** Writes the pair, the key readable by its owner only. Rejects with the file system's error. */
async function writePair({ certPem, keyPem }: KeyPair, { certFile, keyFile }: PairFiles): Promise<void> {
  await mkdir(dirname(certFile), { recursive: true, mode: 0o755 })
  const placeKey = await place(keyFile, keyPem, 0o600)
  const placeCert = await place(certFile, certPem, 0o644)
  await placeKey()
  await placeCert()
}

interface SelfSignedSourceOptions {
  /** Where the pair is kept; `undefined`: in memory only. */
  readonly files: PairFiles | undefined
  readonly bindAddress: string | undefined
  readonly hostNames: readonly string[]
  readonly clock: Pick<Clock, 'wallMs'>
  readonly log: Logger
}

/** A made certificate is renewed this long before its end, milliseconds. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000
const IN_MEMORY: PairFiles = { certFile: 'the certificate made', keyFile: 'its key' }
const ALL_ADDRESSES = new Set<string>(['', '0.0.0.0', '::'])

/** Made by this server or by the Go one, and so ours to replace. */
const isMade = ({ leaf }: UsablePair): boolean => /^CN=localhost@\d+$/.test(leaf.subject)
const endOf = ({ leaf }: UsablePair): number => leaf.validToDate.getTime()

function namesFor({ bindAddress, hostNames }: SelfSignedSourceOptions): string[] {
  const names = ['localhost', '127.0.0.1', '::1', ...hostNames]
  if (bindAddress !== undefined && !ALL_ADDRESSES.has(bindAddress)) names.push(bindAddress)
  return names.filter((name) => (isIP(name) !== 0 && !name.includes('%')) || /^[\w.-]+$/.test(name))
}

const isReadable = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * The pair in these files; `undefined` when neither can be read.
 * @throws UnusableError when only one can (client-go's CanReadCertAndKey), or they are not usable.
 */
async function findPair(files: PairFiles): Promise<UsablePair | undefined> {
  const [cert, key] = await Promise.all([isReadable(files.certFile), isReadable(files.keyFile)])
  if (!cert && !key) return undefined
  if (cert && key) return readPair(files)
  throw new UnusableError(
    `cannot read ${cert ? files.keyFile : files.certFile}: a certificate and its key must be given as a pair`,
  )
}

/**
 * Reads the pair that lies in a directory, or makes one, which is put there so that a restart finds it again
 * (apiserver, MaybeDefaultWithSelfSignedCerts), and another before that ends. Where the Go server would go on with an
 * expired pair, another is made; a pair that this server did not make is never overwritten.
 */
function createSelfSignedSource(options: SelfSignedSourceOptions) {
  const { files, clock, log } = options

  const keep = async (pair: UsablePair, where: PairFiles) => {
    try {
      await writePair(pair, where)
      log.info('Made a self-signed certificate', { certFile: where.certFile })
    } catch (error) {
      log.warn('Made a self-signed certificate and keep it in memory: it cannot be written', {
        err: reasonOf(error),
        certFile: where.certFile,
      })
    }
  }

  const make = async (mayWrite: boolean): Promise<UsablePair> => {
    const pair = checkPair(makeSelfSigned({ names: namesFor(options), nowMs: clock.wallMs() }), IN_MEMORY)
    if (files !== undefined && mayWrite) await keep(pair, files)
    else log.info('Made a self-signed certificate and keep it in memory')
    return pair
  }

  const find = async () => (files === undefined ? undefined : findPair(files))
  const isOurs = (found: UsablePair | undefined): boolean => found === undefined || isMade(found)

  async function load(): Promise<UsablePair> {
    const found = await find()
    if (found !== undefined && endOf(found) > clock.wallMs()) return found
    if (found !== undefined) log.warn('The serving certificate has expired, and another one is made', { ...files })
    return make(isOurs(found))
  }

  async function next(current: UsablePair): Promise<UsablePair> {
    const isDue = isMade(current) && clock.wallMs() >= endOf(current) - RENEW_BEFORE_MS
    let found: UsablePair | undefined
    try {
      found = await find()
    } catch (error) {
      // Whatever has become of the files, what is served must not run out.
      if (isDue) return make(false)
      throw error
    }
    const isNew = found !== undefined && found.certPem !== current.certPem && endOf(found) > clock.wallMs()
    // A made one that could not be written must not give way to the older one that still lies there.
    if (isNew && found !== undefined && (!isMade(found) || endOf(found) > endOf(current))) return found
    return isDue ? make(isOurs(found)) : current
  }

  return { read: (current: UsablePair | undefined) => (current === undefined ? load() : next(current)) }
}

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
 * The certificate to serve with, followed while it changes (apiserver, pkg/server/options/serving.go): the files given,
 * or what lies in the directory, or a made one, which is renewed before it ends. A replacement that is broken is
 * reported and the pair that was served before stays.
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
