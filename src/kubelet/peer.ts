import type { X509Certificate } from 'node:crypto'
import type net from 'node:net'
import tls from 'node:tls'
import type { Clock } from '../model/clock.ts'
import type { ShownCertificate } from '../model/diagnosis.ts'
import { oneLine } from '../model/one-line.ts'
import { ExchangeError } from './connection.ts'
import { DialError, dial, type Target } from './dial.ts'
import { DeadlineError, endFault, exchangeFault } from './explain.ts'
import type { KubeletFault } from './kubelet-error.ts'
import type { SharedRead } from './shared-read.ts'

/** How far a connection came: open and proven, or what ended it in which stage. */
export type Meeting =
  | { readonly certificate: ShownCertificate | undefined }
  | { readonly stage: 'tcp' | 'tls'; readonly fault: KubeletFault }

export interface MeetingOptions {
  readonly clock: Clock
  readonly reads: SharedRead
  readonly tcpBudgetMs: number
  /** Over all of it. */
  readonly timeoutMs: number
}

function shown(certificate: X509Certificate | undefined, verified: boolean): ShownCertificate | undefined {
  if (certificate === undefined) return undefined
  return {
    names: oneLine(certificate.subjectAltName ?? 'none', 200),
    issuer: oneLine(certificate.issuer, 120),
    validToMs: Date.parse(certificate.validTo),
    verified,
  }
}

function faultOf(error: Error, timeoutMs: number): Meeting {
  const { stage, cause } = error instanceof DialError ? error : { stage: 'tcp' as const, cause: error }
  const fault =
    cause instanceof DeadlineError
      ? endFault(cause, timeoutMs, stage === 'tcp' ? 'connecting' : 'shaking hands over TLS')
      : exchangeFault(new ExchangeError('connecting', 0, false, error), timeoutMs)
  return { stage, fault }
}

/** Connects as a scrape does, looks at who is there, and hangs up. Nothing is sent. */
export function meet(target: Target, { clock, reads, tcpBudgetMs, timeoutMs }: MeetingOptions): Promise<Meeting> {
  const { promise, resolve } = Promise.withResolvers<Meeting>()
  const socket: net.Socket = dial(target, { clock, reads, tcpBudgetMs }, (error, open) => {
    timer.cancel()
    if (open === null) {
      resolve(faultOf(error ?? new Error('no socket'), timeoutMs))
      return
    }
    const certificate = open instanceof tls.TLSSocket ? open.getPeerX509Certificate() : undefined
    open.destroy()
    resolve({ certificate: shown(certificate, target.tls?.insecure === false) })
  })
  const timer = clock.after(timeoutMs, () => socket.destroy(new DeadlineError('took too long')))
  return promise
}
