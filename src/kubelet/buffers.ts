import { type BodyPool, createBodyPool } from './body-pool.ts'
import { createSharedRead, type SharedRead } from './shared-read.ts'

/** What all connections to kubelets read into. */
export interface Buffers {
  readonly reads: SharedRead
  readonly bodies: BodyPool
}

export function createBuffers(): Buffers {
  return { reads: createSharedRead(), bodies: createBodyPool() }
}
