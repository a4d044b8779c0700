import { join } from 'node:path'
import type { Clock, Timer } from '../model/clock.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import { type KeyPair, type PairFiles, type PairSource, readPair, ServingCertificateError } from './key-pair.ts'
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
  readonly clock: Clock
  readonly log: Logger
  readonly faults: FaultLog
}

export interface ServingCertificate {
  current(): KeyPair
  /** After every change of `current()`: give it to the server with `setSecureContext`. */
  onChange(listener: () => void): void
  /** When the current certificate ends, milliseconds since the epoch. */
  notAfterMs(): number
  /** Follows the files, looking once a minute, and renews a made certificate. */
  start(): void
  stop(): void
}

/** Go's FileRefreshDuration. */
const CHECK_INTERVAL_MS = 60_000
const FAULT = 'serving certificate'

const isSame = (a: KeyPair, b: KeyPair): boolean => a.certPem === b.certPem && a.keyPem === b.keyPem

function givenSource(files: PairFiles): PairSource {
  const load = async () => {
    const pair = await readPair(files)
    if (pair === undefined) throw new ServingCertificateError(`cannot read ${files.certFile} and ${files.keyFile}`)
    return pair
  }
  return {
    load,
    async next(current) {
      const pair = await load()
      return isSame(pair, current) ? undefined : pair
    },
  }
}

function sourceOf(options: ServingCertificateOptions): PairSource {
  const { certFile, keyFile, certDir, pairName } = options
  if (certFile !== undefined && keyFile !== undefined) return givenSource({ certFile, keyFile })
  if (certFile !== undefined || keyFile !== undefined) {
    throw new ServingCertificateError('--tls-cert-file and --tls-private-key-file must be given together')
  }
  const files = certDir && { certFile: join(certDir, `${pairName}.crt`), keyFile: join(certDir, `${pairName}.key`) }
  return createSelfSignedSource({ ...options, files: files === '' ? undefined : files })
}

/**
 * The certificate to serve with, followed while it changes (apiserver, pkg/server/options/serving.go). A replacement
 * that is broken is reported and the pair that was served before stays.
 * @throws ServingCertificateError when there is nothing to serve with.
 */
export async function loadServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  const { clock, log, faults } = options
  const source = sourceOf(options)
  const listeners: (() => void)[] = []
  let current = await source.load()
  let timer: Timer | undefined
  let stopped = false

  const warnIfExpired = () => {
    if (current.leaf.validToDate.getTime() < clock.wallMs()) {
      log.warn('the serving certificate has expired', { notAfter: current.leaf.validToDate.toISOString() })
    }
  }
  const check = async () => {
    try {
      const next = await source.next(current)
      faults.resolve(FAULT)
      if (next === undefined || stopped) return
      current = next
      log.info('serving with a new certificate', { notAfter: next.leaf.validToDate.toISOString() })
      warnIfExpired()
      for (const listener of listeners) listener()
    } catch (error) {
      if (!(error instanceof ServingCertificateError)) throw error
      faults.report(FAULT, `${error.message}; the certificate from before stays in use`)
    }
  }
  const schedule = () => {
    timer = clock.after(CHECK_INTERVAL_MS, () => {
      void check().finally(() => {
        if (!stopped) schedule()
      })
    })
  }

  warnIfExpired()
  return {
    current: () => ({ certPem: current.certPem, keyPem: current.keyPem }),
    onChange: (listener) => void listeners.push(listener),
    notAfterMs: () => current.leaf.validToDate.getTime(),
    start: schedule,
    stop() {
      stopped = true
      timer?.cancel()
    },
  }
}
