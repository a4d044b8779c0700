import type { NodeSample } from '../model/sample.ts'
import { decodeExposition } from './exposition.ts'
import { createSummaryDecoder } from './summary.ts'

export type Format = 'summary' | 'exposition'

/** `isWhole`: the connection's end is not all that says that the body ends here. @throws DecodeError */
export type Decoder = (body: Buffer, isWhole: boolean) => NodeSample | Promise<NodeSample>

/** How answers are read, for all nodes: nothing of the body is kept. */
export type Decoders = Readonly<Record<Format, Decoder>>

export function createDecoders(): Decoders {
  return { summary: createSummaryDecoder(), exposition: decodeExposition }
}
