import { oneLine } from '../../model/log.ts'
import type { ScrapeFailure, ScrapeFault } from '../../model/scrape-failure.ts'

export type KubeletErrorReason = Exclude<ScrapeFailure, 'internal'>

export interface KubeletFault {
  readonly reason: KubeletErrorReason
  /** What happened, without the address. */
  readonly what: string
  /** The fix for an operator: a flag, a kubelet setting, an RBAC rule. */
  readonly remedy: string
  readonly cause?: unknown
}

/** Why a node could not be scraped. The message is one line: node, address, cause and remedy. No credential is in it. */
export class KubeletError extends Error implements ScrapeFault {
  override readonly name = 'KubeletError'
  readonly node: string
  /** The address that the fault is about, with its port; empty when there was none. */
  readonly address: string
  readonly reason: KubeletErrorReason
  /** What happened, without node and address, on one line. */
  readonly what: string
  readonly remedy: string

  constructor(node: string, address: string, fault: KubeletFault) {
    const where = address === '' ? `node ${node}` : `node ${node} at ${address}`
    const what = oneLine(fault.what, 700)
    // A long cause must not cost its remedy.
    super(oneLine(`${where}: ${what}; ${fault.remedy}`, 1500), { cause: fault.cause })
    this.node = node
    this.what = what
    this.address = address
    this.reason = fault.reason
    this.remedy = fault.remedy
  }
}

/** Connecting failed. `stage` is how far it got: after a TCP failure another address may work. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly stage: 'tcp' | 'tls'

  constructor(stage: 'tcp' | 'tls', cause: unknown) {
    super(stage === 'tcp' ? 'cannot connect' : 'TLS failed', { cause })
    this.stage = stage
  }
}

/** One of several addresses took longer to connect than its share of the time. */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError'
}

export type RequestPhase = 'connecting' | 'waiting for the answer' | 'reading the answer'

/** A request without a response, how far it got, and whether its connection had served others before. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly phase: RequestPhase
  readonly received: number
  /** The connection had been idle and no byte came back: the kubelet has probably just closed it. */
  readonly stale: boolean

  constructor(phase: RequestPhase, received: number, stale: boolean, cause: unknown) {
    super(`failed while ${phase}`, { cause })
    this.phase = phase
    this.received = received
    this.stale = stale
  }
}

/** The response was refused while it was received. */
export class RefusedResponseError extends Error {
  override readonly name = 'RefusedResponseError'
  readonly reason: KubeletErrorReason

  constructor(reason: KubeletErrorReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** The whole request took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** The node, or the whole client, was closed during the request. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError'
}
