import { X509Certificate } from 'node:crypto'
import type { Clock, Timer } from '../model/clock.ts'
import type { Logger } from '../model/log.ts'
import type { Validity } from '../tls/chain.ts'
import { certificateBlocks } from '../tls/pem.ts'
import type { MetricsRegistry } from './metrics/registry.ts'

/** A certificate in use, or a bundle of authorities. */
export interface CertificateInUse {
  /** What it is for: "serving", "client-ca". */
  readonly purpose: string
  /** The file, or whatever else it comes from. */
  readonly source: string
  readonly pem: string
  /** A bundle of authorities, which is good for as long as its last one; else the first certificate counts. */
  readonly bundle: boolean
}

/** When it begins and ends; `undefined` when there is no certificate in it. */
function validityOf({ pem, bundle }: Pick<CertificateInUse, 'pem' | 'bundle'>): Validity | undefined {
  const blocks = certificateBlocks(pem)
  const all = (bundle ? blocks : blocks.slice(0, 1)).map((block) => {
    const { validFromDate, validToDate } = new X509Certificate(block)
    return { notBeforeMs: validFromDate.getTime(), notAfterMs: validToDate.getTime() }
  })
  return all.reduce<Validity | undefined>(
    (last, one) => (last === undefined || one.notAfterMs > last.notAfterMs ? one : last),
    undefined,
  )
}

interface CertificateExpiryParts {
  /** Those in use now. */
  certificates(): readonly CertificateInUse[]
  readonly clock: Clock
  readonly log: Logger
}

/** A certificate in use and when it is good. */
interface Dated extends Validity {
  readonly purpose: string
  readonly source: string
}

const DAY_MS = 86_400_000
const LOOK_EVERY_MS = 60_000

/** Reading a certificate costs; they seldom change. */
function createDating(certificates: () => readonly CertificateInUse[]): () => Dated[] {
  const known = new Map<string, { readonly pem: string; readonly validity: Validity | undefined }>()
  return () =>
    certificates().flatMap((one) => {
      const { purpose, source, pem } = one
      const key = `${purpose} ${source}`
      let read = known.get(key)
      if (read?.pem !== pem) {
        read = { pem, validity: validityOf(one) }
        known.set(key, read)
      }
      return read.validity === undefined ? [] : { purpose, source, ...read.validity }
    })
}

/**
 * The ends of certificates: cert-manager's and Prometheus' form, a moment and not a time to live, so that it is right
 * between two scrapes too. A certificate that is not there has no series.
 */
export function registerCertificateExpiry(
  registry: MetricsRegistry,
  certificates: () => readonly CertificateInUse[],
): void {
  const dated = createDating(certificates)
  registry.collect(
    'gauge',
    {
      name: 'tls_certificate_expiration_timestamp_seconds',
      help: 'When a certificate in use ends, in seconds since unix epoch; of a bundle of authorities, when the last of them ends.',
      labels: ['purpose', 'source'],
    },
    () => dated().map(({ purpose, source, notAfterMs }) => [[purpose, source], Math.floor(notAfterMs / 1000)]),
  )
}

/** About to end: the last tenth of its life, or 14 days when that is less. cert-manager and kubelets renew at a third. */
const isNear = ({ notBeforeMs, notAfterMs }: Validity, nowMs: number): boolean =>
  notAfterMs - nowMs < Math.min(14 * DAY_MS, (notAfterMs - notBeforeMs) / 10)

/** Warns of certificates that are about to end, or have ended: when it comes to that, and once a day. */
export function watchCertificateExpiry({ certificates, clock, log }: CertificateExpiryParts) {
  const dated = createDating(certificates)
  const warned = new Map<string, { readonly message: string; readonly notAfterMs: number; readonly atMs: number }>()
  let timer: Timer | undefined

  function warn(certificate: Dated, nowMs: number): void {
    const { purpose, source, notAfterMs } = certificate
    const key = `${purpose} ${source}`
    if (!isNear(certificate, nowMs)) {
      warned.delete(key)
      return
    }
    const message = notAfterMs <= nowMs ? 'A certificate in use has expired' : 'A certificate in use is about to expire'
    const last = warned.get(key)
    if (last?.message === message && last.notAfterMs === notAfterMs && nowMs - last.atMs < DAY_MS) return
    warned.set(key, { message, notAfterMs, atMs: nowMs })
    log.warn(message, { purpose, source, notAfter: new Date(notAfterMs).toISOString() })
  }
  const look = (): void => {
    timer = clock.after(LOOK_EVERY_MS, look)
    const nowMs = clock.wallMs()
    for (const certificate of dated()) warn(certificate, nowMs)
  }
  return { start: look, stop: () => timer?.cancel() }
}
