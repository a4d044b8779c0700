import { setImmediate as othersFirst } from 'node:timers/promises'
import type { NodeSample } from '../../model/sample.ts'
import { TURN_BYTES } from './limits.ts'

/** Decodes one answer, in as many stretches as its size demands. */
export interface AnswerReader {
  /** Reads on to byte `until`, and beyond it to where it can be interrupted. True at the end. @throws DecodeError */
  read(until: number): boolean
  /** To be called once, at the end. @throws DecodeError for a whole answer that is not one of this format. */
  sample(): NodeSample
}

/** In this turn of the event loop, however long it takes. */
export function decodeAtOnce(reader: AnswerReader): NodeSample {
  reader.read(Number.POSITIVE_INFINITY)
  return reader.sample()
}

/** Lets others have their turn every {@link TURN_BYTES}. */
export async function decodeInTurns(reader: AnswerReader): Promise<NodeSample> {
  for (let until = TURN_BYTES; !reader.read(until); until += TURN_BYTES) await othersFirst()
  return reader.sample()
}

/**
 * Where a text in UTF-8 begins: after its byte order mark, which some writers put there although RFC 8259 (section 8.1)
 * says that nobody may; it allows readers to pass over one.
 */
export function textStart(body: Buffer): number {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0
}
