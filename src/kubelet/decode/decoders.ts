import type { NodeSample } from '../../model/sample.ts'
import { ExpositionReader } from './exposition.ts'
import { type ResponseReader, decodeAtOnce, decodeInTurns, TURN_BYTES } from './response-reader.ts'
import { createSummaryMemory, createWholeSummaryMemory, SummaryReader } from './summary.ts'

/** The two forms of the Summary are one format, but the whole one has layouts of its own to learn. */
export type Format = 'summary' | 'whole-summary' | 'exposition'

/**
 * Decodes a body, which must not change until this settles; nothing of it is kept. `isWhole`: the end of the body was
 * marked, not only the connection's. Bodies of usual size are decoded at once.
 * @throws DecodeError
 */
export type Decoder = (body: Buffer, isWhole: boolean) => NodeSample | Promise<NodeSample>

/** The decoders of all nodes, by format. */
export type Decoders = Readonly<Record<Format, Decoder>>

/** `readsPressure`: samples have the pressure that Summaries report. */
export function createDecoders(readsPressure = false): Decoders {
  const memory = createSummaryMemory(readsPressure)
  // Made when it is first needed: few servers ask for whole Summaries.
  let whole: ReturnType<typeof createWholeSummaryMemory> | undefined
  const decode = (reader: ResponseReader, { length }: Buffer): NodeSample | Promise<NodeSample> =>
    length <= TURN_BYTES ? decodeAtOnce(reader) : decodeInTurns(reader)
  return {
    summary: (body) => decode(new SummaryReader(body, memory), body),
    'whole-summary': (body) => {
      whole ??= createWholeSummaryMemory(memory)
      return decode(new SummaryReader(body, whole), body)
    },
    exposition: (body, isWhole) => decode(new ExpositionReader(body, isWhole, memory.strings), body),
  }
}
