import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsSample } from '../encoding/metrics-kind.ts'
import type { Pieces } from '../media.ts'
import type { Run } from './run-keeper.ts'

/** So many runs are written at most before others have their turn: a millisecond. */
const RUNS_AT_ONCE = 32

const othersFirst = () => new Promise<void>((resolve) => void setImmediate(resolve))

function* joined<S extends MetricsSample>(format: ListFormat<S>, runs: Iterable<Run>): Generator<Buffer> {
  const { head, tail } = format.frame(0)
  let skipped = format.joint
  yield head
  for (const { bytes } of runs) {
    if (bytes.length === 0) continue
    yield bytes.subarray(skipped)
    skipped = 0
  }
  yield tail
}

/**
 * A whole list as pieces. One that need not tell its length is written while it is sent, by the pace of who reads it;
 * one that has to is written before, with turns for others in between, and told in runs that are shared with other lists.
 */
export async function listPieces<S extends MetricsSample>(format: ListFormat<S>, runs: Iterable<Run>): Promise<Pieces> {
  if (!format.tellsLength) return { bytes: undefined, pieces: joined(format, runs) }
  const parts: Buffer[] = []
  let bytes = 0
  let count = 0
  for (const run of runs) {
    const part = parts.length === 0 ? run.bytes.subarray(format.joint) : run.bytes
    if (part.length > 0) parts.push(part)
    bytes += part.length
    if (++count % RUNS_AT_ONCE === 0) await othersFirst()
  }
  const { head, tail } = format.frame(bytes)
  return { bytes: head.length + bytes + tail.length, pieces: [head, ...parts, tail] }
}
