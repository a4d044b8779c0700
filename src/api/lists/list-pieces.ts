import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsSample } from '../encoding/metrics-kind.ts'
import type { EncodedPieces, Pieces } from '../media.ts'
import type { Run } from './run-keeper.ts'

/** So many runs are written at most before others have their turn: a millisecond. */
const RUNS_AT_ONCE = 32

/** Lets others have their turn. */
export const othersFirst = () => new Promise<void>((resolve) => void setImmediate(resolve))

function* joined<S extends MetricsSample>(format: ListFormat<S>, runs: Iterable<Run>): Generator<Buffer> {
  const { head, tail } = format.frame(0)
  let skipped = format.joint
  yield head
  for (const run of runs) {
    if (run.bytes.length === 0) continue
    // Whoever reads may stop in the midst of it, for a slow client, while another list changes it.
    run.holders++
    yield run.bytes.subarray(skipped)
    run.holders--
    skipped = 0
  }
  yield tail
}

/** Lets go of the runs as they are sent. Those of a client that leaves stay as they are, and others are made in their place. */
function* held<S extends MetricsSample>(format: ListFormat<S>, runs: readonly Run[], bytes: number): Generator<Buffer> {
  const { head, tail } = format.frame(bytes)
  let skipped = format.joint
  yield head
  for (const run of runs) {
    yield run.bytes.subarray(skipped)
    run.holders--
    skipped = 0
  }
  yield tail
}

/**
 * A whole list as pieces, each good until the next is asked for. One that need not tell its length is written while it is
 * sent, by the pace of who reads it; one that has to is written before, with turns for others in between, and its runs are
 * held: lists that are made at the same time hold the same ones.
 */
export async function listPieces<S extends MetricsSample>(format: ListFormat<S>, runs: Iterable<Run>): Promise<Pieces> {
  if (!format.tellsLength) return { bytes: undefined, pieces: joined(format, runs) }
  const parts: Run[] = []
  let bytes = 0
  let count = 0
  for (const run of runs) {
    if (run.bytes.length > 0) {
      run.holders++
      parts.push(run)
      bytes += run.bytes.length
    }
    if (++count % RUNS_AT_ONCE === 0) await othersFirst()
  }
  if (parts.length > 0) bytes -= format.joint
  const { head, tail } = format.frame(bytes)
  return { bytes: head.length + bytes + tail.length, pieces: held(format, parts, bytes) }
}

/** The same, with what it is. */
export async function wholeList<S extends MetricsSample>(
  format: ListFormat<S>,
  runs: Iterable<Run>,
): Promise<EncodedPieces> {
  return { contentType: format.contentType, body: await listPieces(format, runs) }
}
