import { oneLine } from '../../model/one-line.ts'
import type { ScrapeFailure, ScrapeFault } from '../../model/scrape-failure.ts'

export type KubeletErrorReason = Exclude<ScrapeFailure, 'internal'>

export interface KubeletFault {
  readonly reason: KubeletErrorReason
  /** What happened, without the address. */
  readonly what: string
  /** What an operator can do about it: a flag, a kubelet setting, an RBAC rule. */
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
