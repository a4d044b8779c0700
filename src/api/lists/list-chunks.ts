import type { Encoded, EncodedPieces, Pieces } from '../answer.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { MetricsItem, MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { Run } from './chunk-cache.ts'

/** So many runs are written at most before others have their turn: a millisecond. */
const RUNS_AT_ONCE = 32

/** Lets others have their turn. */
const othersFirst = () => new Promise<void>((resolve) => void setImmediate(resolve))

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

/** So many objects are looked at before others have their turn, and a list of as many is written at once: a millisecond. */
const OBJECTS_AT_ONCE = 1000
/** How many objects of a longer list are written together. */
const RUN_LENGTH = 32

/** Objects that a list is chosen from. */
export interface Candidates<R> {
  readonly namespace: string
  readonly records: readonly R[]
}

/** The objects that are selected and of which something is known, in their order, with turns for others in between. */
export async function selectedItems<R, S>(
  candidates: Iterable<Candidates<R>>,
  takes: (record: R, namespace: string) => boolean,
  usage: (record: R) => S | undefined,
): Promise<MetricsItem<R, S>[]> {
  const items: MetricsItem<R, S>[] = []
  let looked = 0
  for (const { namespace, records } of candidates) {
    for (const record of records) {
      if (++looked % OBJECTS_AT_ONCE === 0) await othersFirst()
      if (!takes(record, namespace)) continue
      const metrics = usage(record)
      if (metrics !== undefined) items.push({ record, metrics })
    }
  }
  return items
}

function* runsOf<R extends MetricsRecord, S extends MetricsSample>(
  format: ListFormat<S>,
  items: readonly MetricsItem<R, S>[],
): Generator<Run> {
  const sink = new ByteSink()
  for (let from = 0; from < items.length; from += RUN_LENGTH) {
    sink.reset()
    const run = items.slice(from, from + RUN_LENGTH)
    for (const { record, metrics } of run) format.item(sink, record, metrics)
    yield { bytes: sink.copy(), timestampsMs: [], holders: 0 }
  }
}

/** A list of objects that are at hand; a long one is written with turns for others in between, where its format lets it. */
export function selectedList<R extends MetricsRecord, S extends MetricsSample>(
  encoder: KindEncoder<R, S>,
  items: readonly MetricsItem<R, S>[],
  media: Media,
): Encoded | Promise<EncodedPieces> {
  const format = items.length > OBJECTS_AT_ONCE ? encoder.pieceByPiece(media) : undefined
  return format === undefined ? encoder.list(items, media) : wholeList(format, runsOf(format, items))
}
