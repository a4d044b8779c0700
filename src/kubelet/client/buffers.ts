import { type BodyPool, createBodyPool } from './body-pool.ts'
import { createInflater, type Inflater } from './inflate.ts'
import { createSharedRead, type SharedRead } from './shared-read.ts'

/** What all connections to kubelets read into, and what bounds it. */
export interface Buffers {
  readonly reads: SharedRead
  readonly bodies: BodyPool
  readonly inflater: Inflater
  /** Of an answer, also when it is inflated. */
  readonly maxBodyBytes: number
}

export function createBuffers(maxBodyBytes: number): Buffers {
  const bodies = createBodyPool()
  return { reads: createSharedRead(), bodies, inflater: createInflater(bodies, maxBodyBytes), maxBodyBytes }
}
