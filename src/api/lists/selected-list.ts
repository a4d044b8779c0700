import { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { MetricsItem, MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import type { Encoded, EncodedPieces, Media } from '../media.ts'
import { othersFirst, wholeList } from './list-pieces.ts'
import type { Run } from './run-keeper.ts'

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
