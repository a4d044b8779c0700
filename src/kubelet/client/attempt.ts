import type { NodeRecord } from '../../model/cluster-objects.ts'
import { KubeletError, type KubeletFault } from './kubelet-error.ts'

/** One scrape of a node: what it is given, and what must end it. */
export interface Attempt {
  readonly node: NodeRecord
  readonly port: number
  /** The whole Authorization header. */
  readonly authorization: string | undefined
  /** By the monotonic clock. */
  readonly dueMs: number
  /** Aborted when that moment comes or the node is closed; its reason says which. */
  readonly signal: AbortSignal
  /** The address tried last, with its port; of several that all failed, the one whose fault tells most. */
  address: string
}

export function raise({ node, address }: Attempt, fault: KubeletFault): never {
  throw new KubeletError(node.name, address, fault)
}
