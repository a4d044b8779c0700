import { isIP } from 'node:net'
import type { Clock } from '../model/clock.ts'
import type { Logger } from '../model/log.ts'
import { checkPair, type PairFiles, type PairSource, readPair, type UsablePair } from './key-pair.ts'
import { makeSelfSigned } from './self-signed.ts'
import { writePair } from './write-pair.ts'

export interface SelfSignedSourceOptions {
  /** Where the pair is kept; `undefined`: in memory only. */
  readonly files: PairFiles | undefined
  readonly bindAddress: string | undefined
  readonly hostNames: readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** A made certificate is renewed this long before its end, milliseconds. */
const RENEW_BEFORE_MS = 30 * 24 * 3_600_000
const IN_MEMORY: PairFiles = { certFile: 'the certificate made', keyFile: 'its key' }
const ALL_ADDRESSES = new Set<string>(['', '0.0.0.0', '::'])

/** Made by this server or by the Go one, and so ours to replace. */
const isMade = ({ leaf }: UsablePair): boolean => /^CN=localhost@\d+$/.test(leaf.subject)

function namesFor({ bindAddress, hostNames }: SelfSignedSourceOptions): string[] {
  const names = ['localhost', '127.0.0.1', '::1', ...hostNames]
  if (bindAddress !== undefined && !ALL_ADDRESSES.has(bindAddress)) names.push(bindAddress)
  return names.filter((name) => (isIP(name) !== 0 && !name.includes('%')) || /^[\w.-]+$/.test(name))
}

/**
 * The pair that lies in a directory, or else a made one, which is put there so that a restart finds it again (apiserver,
 * MaybeDefaultWithSelfSignedCerts). Where the Go server would go on with an expired pair, another is made; a pair that
 * somebody else put there is never overwritten.
 */
export function createSelfSignedSource(options: SelfSignedSourceOptions): PairSource {
  const { files, clock, log } = options
  const endOf = ({ leaf }: UsablePair): number => leaf.validToDate.getTime()

  const keep = async (pair: UsablePair, where: PairFiles) => {
    try {
      await writePair(pair, where)
      log.info('made a self-signed certificate', { certFile: where.certFile })
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      log.warn('made a self-signed certificate, which is kept in memory: it could not be written', { cause })
    }
  }

  const make = async (found: UsablePair | undefined): Promise<UsablePair> => {
    const pair = checkPair(makeSelfSigned({ names: namesFor(options), nowMs: clock.wallMs() }), IN_MEMORY)
    if (files !== undefined && (found === undefined || isMade(found))) await keep(pair, files)
    else log.info('made a self-signed certificate, which is kept in memory')
    return pair
  }

  const find = async () => (files === undefined ? undefined : readPair(files))

  return {
    async load() {
      const found = await find()
      if (found !== undefined && endOf(found) > clock.wallMs()) return found
      if (found !== undefined) log.warn('the certificate found has expired: another is made', { ...files })
      return make(found)
    },
    async next(current) {
      const found = await find()
      const isNew = found !== undefined && found.certPem !== current.certPem && endOf(found) > clock.wallMs()
      // A made one that could not be written must not give way to the older one that still lies there.
      if (isNew && (!isMade(found) || endOf(found) > endOf(current))) return found
      if (!isMade(current) || clock.wallMs() < endOf(current) - RENEW_BEFORE_MS) return undefined
      return make(found)
    },
  }
}
