import type { X509Certificate } from 'node:crypto'
import tls from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import type { ShownCertificate } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'
import { shownNames } from '../client/identity.ts'
import { ExchangeError } from '../client/connection.ts'
import { dial, type Target } from '../client/dial.ts'
import { quotable } from '../client/excerpt.ts'
import { DeadlineError, type FaultContext } from '../client/explain.ts'
import type { SharedRead } from '../client/shared-read.ts'

/** How far a connection came: open and proven, or what ended it in which stage. */
export type Meeting =
  | { readonly certificate: ShownCertificate | undefined }
  | { readonly stage: 'tcp' | 'tls'; readonly error: ExchangeError }

export interface MeetingOptions {
  readonly clock: Clock
  readonly reads: SharedRead
  readonly tcpBudgetMs: number
  /** Its `requestTimeoutMs` is over all of it. */
  readonly context: FaultContext
}

function shown(
  certificate: X509Certificate | undefined,
  verified: boolean,
  { authorization }: FaultContext,
): ShownCertificate | undefined {
  if (certificate === undefined) return undefined
  const plain = (text: string): string =>
    quotable(text, authorization) ? text : '(not shown: it repeats our credential)'
  return {
    names: plain(shownNames(certificate)),
    issuer: plain(oneLine(certificate.issuer, 120)),
    validToMs: Date.parse(certificate.validTo),
    verified,
  }
}

/** Connects as a scrape does, looks at who is there, and hangs up. Nothing is sent. */
export function meet(target: Target, { clock, reads, tcpBudgetMs, context }: MeetingOptions): Promise<Meeting> {
  const { promise, resolve } = Promise.withResolvers<Meeting>()
  const dialling = dial(target, { clock, reads, tcpBudgetMs }, (error, open) => {
    timer.cancel()
    if (open === null) {
      const stage = error?.stage ?? 'tcp'
      resolve({ stage, error: new ExchangeError('connecting', 0, false, error) })
      return
    }
    const certificate = open instanceof tls.TLSSocket ? open.getPeerX509Certificate() : undefined
    open.destroy()
    resolve({ certificate: shown(certificate, target.tls?.insecure === false, context) })
  })
  const timer = clock.after(context.requestTimeoutMs, () => dialling.giveUp(new DeadlineError('took too long')))
  return promise
}
