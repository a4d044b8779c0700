import type { Encoded, EncodedChunks, ChunkedBody } from '../answer.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { MetricsItem, MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { Chunk } from './chunk-cache.ts'

/** So many chunks are written at most before others have their turn: a millisecond. */
const CHUNKS_AT_ONCE = 32

/** Lets others have their turn. */
const othersFirst = () => new Promise<void>((resolve) => void setImmediate(resolve))

function* joined<S extends MetricsSample>(format: ListFormat<S>, chunks: Iterable<Chunk>): Generator<Buffer> {
  const { head, tail } = format.frame(0)
  let skipped = format.joint
  yield head
  for (const chunk of chunks) {
    if (chunk.bytes.length === 0) continue
    // Whoever reads may stop in the midst of it, for a slow client, while another list changes it.
    chunk.holders++
    yield chunk.bytes.subarray(skipped)
    chunk.holders--
    skipped = 0
  }
  yield tail
}

/** Lets go of the chunks as they are sent. Those of a client that leaves stay as they are, and others are made in their place. */
function* held<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: readonly Chunk[],
  bytes: number,
): Generator<Buffer> {
  const { head, tail } = format.frame(bytes)
  let skipped = format.joint
  yield head
  for (const chunk of chunks) {
    yield chunk.bytes.subarray(skipped)
    chunk.holders--
    skipped = 0
  }
  yield tail
}

/**
 * A whole list as chunks, each good until the next is asked for. One that need not tell its length is written while it is
 * sent, by the pace of who reads it; one that has to is written before, with turns for others in between, and its chunks are
 * held: lists that are made at the same time hold the same ones.
 */
export async function listChunks<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: Iterable<Chunk>,
): Promise<ChunkedBody> {
  if (!format.tellsLength) return { bytes: undefined, chunks: joined(format, chunks) }
  const parts: Chunk[] = []
  let bytes = 0
  let count = 0
  for (const chunk of chunks) {
    if (chunk.bytes.length > 0) {
      chunk.holders++
      parts.push(chunk)
      bytes += chunk.bytes.length
    }
    if (++count % CHUNKS_AT_ONCE === 0) await othersFirst()
  }
  if (parts.length > 0) bytes -= format.joint
  const { head, tail } = format.frame(bytes)
  return { bytes: head.length + bytes + tail.length, chunks: held(format, parts, bytes) }
}

/** The same, with what it is. */
export async function wholeList<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: Iterable<Chunk>,
): Promise<EncodedChunks> {
  return { contentType: format.contentType, body: await listChunks(format, chunks) }
}

/** So many objects are matched before others have their turn, and a list of as many is written at once: a millisecond. */
const OBJECTS_AT_ONCE = 1000
/** How many objects of a longer list are written together. */
const CHUNK_OBJECTS = 32

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

function* chunksOf<R extends MetricsRecord, S extends MetricsSample>(
  format: ListFormat<S>,
  items: readonly MetricsItem<R, S>[],
): Generator<Chunk> {
  const sink = new ByteSink()
  for (let from = 0; from < items.length; from += CHUNK_OBJECTS) {
    sink.reset()
    const chunk = items.slice(from, from + CHUNK_OBJECTS)
    for (const { record, metrics } of chunk) format.item(sink, record, metrics)
    yield { bytes: sink.copy(), timestampsMs: [], holders: 0 }
  }
}

/** A list of objects that are at hand; a long one is written with turns for others in between, where its format lets it. */
export function selectedList<R extends MetricsRecord, S extends MetricsSample>(
  encoder: KindEncoder<R, S>,
  items: readonly MetricsItem<R, S>[],
  media: Media,
): Encoded | Promise<EncodedChunks> {
  const format = items.length > OBJECTS_AT_ONCE ? encoder.inChunks(media) : undefined
  return format === undefined ? encoder.list(items, media) : wholeList(format, chunksOf(format, items))
}
