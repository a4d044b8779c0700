import type { NodeSample } from '../model/sample.ts'
import { decodeExposition } from './exposition.ts'
import { createSummaryDecoder } from './summary.ts'

export type Format = 'summary' | 'exposition'

/** How answers are read, for all nodes: each throws DecodeError, and keeps nothing of the body. */
export type Decoders = Readonly<Record<Format, (body: Buffer) => NodeSample>>

export function createDecoders(): Decoders {
  return { summary: createSummaryDecoder(), exposition: decodeExposition }
}
