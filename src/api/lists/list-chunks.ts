import type { Encoded, EncodedChunks, ChunkedBody } from '../answer.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
import { type ListFormat, type ListMeta, WHOLE_LIST } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { MetricsItem, MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { Chunk, HeldBytes } from './chunk-cache.ts'

/** So many chunks are written at most before others have their turn: a millisecond. */
const CHUNKS_AT_ONCE = 32

/** Lets others have their turn. */
export const othersFirst = () => new Promise<void>((resolve) => void setImmediate(resolve))

function* joined<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: Iterable<HeldBytes>,
  meta: ListMeta,
): Generator<Buffer> {
  const { head, tail } = format.frame(0, meta)
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
  { head, tail }: ReturnType<ListFormat<S>['frame']>,
  chunks: readonly HeldBytes[],
  joint: number,
): Generator<Buffer> {
  let skipped = joint
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
  chunks: Iterable<HeldBytes>,
  meta: ListMeta = WHOLE_LIST,
): Promise<ChunkedBody> {
  if (!format.tellsLength) return { bytes: undefined, chunks: joined(format, chunks, meta) }
  const parts: HeldBytes[] = []
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
  return heldList(format, parts, bytes, meta)
}

/** @param bytes of all the chunks, each held once. */
function heldList<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: readonly HeldBytes[],
  bytes: number,
  meta: ListMeta,
): ChunkedBody {
  const sent = chunks.length === 0 ? 0 : bytes - format.joint
  const frame = format.frame(sent, meta)
  const whole = frame.head.length + sent + frame.tail.length
  return { bytes: format.tellsLength ? whole : undefined, chunks: held(frame, chunks, format.joint) }
}

/** The same, with what it is. */
export async function wholeList<S extends MetricsSample>(
  format: ListFormat<S>,
  chunks: Iterable<HeldBytes>,
  meta: ListMeta = WHOLE_LIST,
): Promise<EncodedChunks> {
  return { contentType: format.contentType, body: await listChunks(format, chunks, meta) }
}

/** Some objects of a chunk, which is held as long as they are. */
const sliceOf = (chunk: Chunk, from: number, to: number): HeldBytes =>
  from === 0 && to === chunk.bytes.length
    ? chunk
    : {
        bytes: chunk.bytes.subarray(from, to),
        get holders() {
          return chunk.holders
        },
        set holders(count) {
          chunk.holders = count
        },
      }

/** Objects that stand one after the other in a list, held until they are sent. */
export interface Page {
  readonly chunks: readonly HeldBytes[]
  readonly bytes: number
  /** When each object was measured, milliseconds since the epoch. */
  readonly timestampsMs: readonly number[]
  /** The last object, when others come after it. */
  readonly lastOfMore: MetricsRecord | undefined
}

/** A chunk, and the index of its first object that is meant. */
export interface ChunkFrom {
  readonly chunk: Chunk
  readonly first: number
}

/**
 * The next objects of a list, with turns for others in between.
 * @param limit at least 1.
 */
export async function pageOf(chunks: Iterable<ChunkFrom>, limit: number): Promise<Page> {
  const parts: HeldBytes[] = []
  const timestampsMs: number[] = []
  let last: MetricsRecord | undefined
  let bytes = 0
  let count = 0
  for (const { chunk, first } of chunks) {
    let end = first
    let hasMore = false
    for (let i = first; i < chunk.records.length; i++) {
      const timestampMs = chunk.timestampsMs[i] ?? Number.NaN
      if (Number.isNaN(timestampMs)) continue
      hasMore = timestampsMs.length === limit
      if (hasMore) break
      timestampsMs.push(timestampMs)
      last = chunk.records[i]
      end = i + 1
    }
    const [from, to] = [chunk.ends[first - 1] ?? 0, chunk.ends[end - 1] ?? 0]
    if (from < to) {
      chunk.holders++
      parts.push(sliceOf(chunk, from, to))
      bytes += to - from
    }
    if (hasMore) return { chunks: parts, bytes, timestampsMs, lastOfMore: last }
    if (++count % CHUNKS_AT_ONCE === 0) await othersFirst()
  }
  return { chunks: parts, bytes, timestampsMs, lastOfMore: undefined }
}

/** A page, with what it is. */
export const pageList = <S extends MetricsSample>(
  format: ListFormat<S>,
  { chunks, bytes }: Page,
  meta: ListMeta,
): EncodedChunks => ({ contentType: format.contentType, body: heldList(format, chunks, bytes, meta) })

/** So many objects are matched or counted before others have their turn, and a list of as many is written at once: a millisecond. */
export const OBJECTS_AT_ONCE = 1000
/** How many objects of a longer list are written together. */
const WRITTEN_TOGETHER = 32

/** Neighbours in a list, of one namespace and in the order of their names. */
export interface Section<R> {
  readonly namespace: string
  readonly records: readonly R[]
  /** The index of the first one that is meant. */
  readonly from: number
}

/**
 * The first objects that are selected and of which something is known, in their order, with turns for others in between.
 * @param most how many are looked for.
 */
export async function selectedItems<R, S>(
  sections: Iterable<Section<R>>,
  takes: (record: R, namespace: string) => boolean,
  usage: (record: R) => S | undefined,
  most: number = Number.POSITIVE_INFINITY,
): Promise<MetricsItem<R, S>[]> {
  const items: MetricsItem<R, S>[] = []
  let looked = 0
  for (const { namespace, records, from } of sections) {
    for (let i = from; i < records.length; i++) {
      if (++looked % OBJECTS_AT_ONCE === 0) await othersFirst()
      const record = records[i]
      if (record === undefined || !takes(record, namespace)) continue
      const metrics = usage(record)
      if (metrics === undefined) continue
      items.push({ record, metrics })
      if (items.length === most) return items
    }
  }
  return items
}

function* chunksOf<R extends MetricsRecord, S extends MetricsSample>(
  format: ListFormat<S>,
  items: readonly MetricsItem<R, S>[],
): Generator<HeldBytes> {
  const sink = new ByteSink()
  for (let from = 0; from < items.length; from += WRITTEN_TOGETHER) {
    sink.reset()
    const chunk = items.slice(from, from + WRITTEN_TOGETHER)
    for (const { record, metrics } of chunk) format.item(sink, record, metrics)
    yield { bytes: sink.copy(), holders: 0 }
  }
}

/** A list of objects that are at hand; a long one is written with turns for others in between, where its format lets it. */
export function selectedList<R extends MetricsRecord, S extends MetricsSample>(
  encoder: KindEncoder<R, S>,
  items: readonly MetricsItem<R, S>[],
  media: Media,
  meta: ListMeta = WHOLE_LIST,
): Encoded | Promise<EncodedChunks> {
  const format = items.length > OBJECTS_AT_ONCE ? encoder.inChunks(media) : undefined
  return format === undefined ? encoder.list(items, media, meta) : wholeList(format, chunksOf(format, items), meta)
}
