import { formatGoDuration } from '../../kubernetes/duration.ts'
import type { Labels } from '../../kubernetes/labels.ts'
import type { ByteSink } from './byte-sink.ts'
import {
  METRICS_API_VERSION,
  type MetricsItem,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
} from './metrics-kind.ts'
import { ENVELOPE_TAIL, writeEnvelopeHead } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { jsonString, PROTOBUF } from './text.ts'

/** 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
const LAST_SECOND = 253402300799

/** Whole seconds since the epoch, as every time of the API is cut to (apimachinery, meta/v1 Time). */
export function secondsOf(timestampMs: number): number {
  return Math.min(Math.max(Math.floor(timestampMs / 1000), 0), LAST_SECOND)
}

/** A moment as JSON shows it: "2026-11-22T02:22:40Z". */
export function timeText(timestampMs: number): string {
  return new Date(secondsOf(timestampMs) * 1000).toISOString().replace('.000', '')
}

/** Labels as a member of an ObjectMeta, with the comma before it; nothing when there are none. */
export function labelsJson(labels: Labels): string {
  let pairs = ''
  for (let i = 0; i < labels.length; i += 2) {
    pairs += `${i === 0 ? '' : ','}${jsonString(labels[i] ?? '')}:${jsonString(labels[i + 1] ?? '')}`
  }
  return pairs === '' ? '' : `,"labels":{${pairs}}`
}

/**
 * ObjectMeta as JSON, in the order of Go's fields; the creation is the sample's time.
 * @param labels as {@link labelsJson} writes them.
 */
export function metadataJson({ name, namespace }: MetricsRecord, time: string, labels: string): string {
  const scope = namespace === undefined || namespace === '' ? '' : `,"namespace":${jsonString(namespace)}`
  return `{"name":${jsonString(name)}${scope},"creationTimestamp":"${time}"${labels}}`
}

/** Time (or Timestamp) as message `field`: seconds, and nanoseconds, which are always 0. */
function writeTime(writer: ReverseWriter, field: number, seconds: number): void {
  const end = writer.length
  writer.number(2, 0)
  writer.number(1, seconds)
  writer.message(field, end)
}

/**
 * ObjectMeta as message `field`. Fields that are no pointers in Go are written although they are empty (apimachinery,
 * pkg/apis/meta/v1/generated.pb.go).
 * @param seconds of the creation; `undefined` writes the empty message of Go's zero time.
 */
export function writeMetadata(
  writer: ReverseWriter,
  field: number,
  { name, namespace, labels }: MetricsRecord,
  seconds: number | undefined,
): void {
  const end = writer.length
  for (let i = labels.length - 2; i >= 0; i -= 2) {
    const pair = writer.length
    writer.string(2, labels[i + 1] ?? '')
    writer.string(1, labels[i] ?? '')
    writer.message(11, pair)
  }
  if (seconds === undefined) writer.messageHead(8, 0)
  else writeTime(writer, 8, seconds)
  writer.number(7, 0)
  writer.string(6, '')
  writer.string(5, '')
  writer.string(4, '')
  writer.string(3, namespace ?? '')
  writer.string(2, '')
  writer.string(1, name)
  writer.message(field, end)
}

/** What the metadata of a list says: nothing, unless it is a page that is not the last. */
export interface ListMeta {
  /** Empty when there is nothing more. */
  readonly continue: string
  /** How many objects come after the page; `undefined` when they were not counted. */
  readonly remainingItemCount: number | undefined
}

export const WHOLE_LIST: ListMeta = Object.freeze({ continue: '', remainingItemCount: undefined })

/** ListMeta as JSON. */
export function listMetaJson({ continue: token, remainingItemCount: remaining }: ListMeta): string {
  if (token === '') return '{}'
  return `{"continue":${jsonString(token)}${remaining === undefined ? '' : `,"remainingItemCount":${remaining}`}}`
}

/** ListMeta as message `field`: its three strings, empty or not, and the number when there is one. */
export function writeListMeta(writer: ReverseWriter, field: number, meta: ListMeta): void {
  const end = writer.length
  if (meta.remainingItemCount !== undefined) writer.number(4, meta.remainingItemCount)
  writer.string(3, meta.continue)
  writer.string(2, '')
  writer.string(1, '')
  writer.message(field, end)
}

/** Writes single objects. One a server, because it remembers what it wrote. */
export interface ItemWriter<S extends MetricsSample> {
  /** An object as it stands in a list: without kind and apiVersion. */
  json(record: MetricsRecord, sample: S): string
  /** The fields of an object's message. */
  writeProtobuf(writer: ReverseWriter, record: MetricsRecord, sample: S): void
}

/** Remembers the last text: neighbours in a list mostly have the same labels, which then are one object (cluster's pool). */
function labelTexts(): (labels: Labels) => string {
  let last: Labels | undefined
  let text = ''
  return (labels) => {
    if (labels !== last) text = labelsJson(labels)
    last = labels
    return text
  }
}

/** Several times the seconds in which all nodes are scraped. */
const MEMOIZED_SECONDS = 256

/** Remembers the texts of times: a whole list has few, as the API cuts them to seconds. */
function timeTexts(): (timestampMs: number) => string {
  const texts = new Map<number, string>()
  return (timestampMs) => {
    const seconds = secondsOf(timestampMs)
    const known = texts.get(seconds)
    if (known !== undefined) return known
    if (texts.size >= MEMOIZED_SECONDS) texts.clear()
    const text = timeText(timestampMs)
    texts.set(seconds, text)
    return text
  }
}

export function createItemWriter<S extends MetricsSample>(kind: MetricsKind<S>): ItemWriter<S> {
  const timeOf = timeTexts()
  const labelsOf = labelTexts()
  return {
    json(record, sample) {
      const time = timeOf(sample.timestampMs)
      const metadata = metadataJson(record, time, labelsOf(record.labels))
      const content = kind.contentJson(sample)
      return `{"metadata":${metadata},"timestamp":"${time}","window":"${formatGoDuration(sample.windowMs)}",${content}}`
    },
    writeProtobuf(writer, record, sample) {
      const seconds = secondsOf(sample.timestampMs)
      kind.writeContent(writer, sample)
      const window = writer.length
      writer.number(1, Math.round(sample.windowMs * 1e6))
      writer.message(3, window)
      writeTime(writer, 2, seconds)
      writeMetadata(writer, 1, record, seconds)
    },
  }
}

/**
 * How a list is written: its items one after the other, between a head and a tail. An item is written without knowing of
 * the others, so that its bytes can be kept and stand in many lists.
 */
export interface ListFormat<S extends MetricsSample> {
  readonly contentType: string
  /** The head holds the length of the list: its items have to be written before it can be sent. */
  readonly tellsLength: boolean
  /** How many bytes at the start of every item are for the item before it: the first of a list goes without. */
  readonly joint: number
  item(to: ByteSink, record: MetricsRecord, sample: S): void
  /** What stands before and after so many bytes of items. */
  frame(bytes: number, meta: ListMeta): { readonly head: Buffer; readonly tail: Buffer }
}

/** Compact JSON with Go's newline at the end. */
export function jsonList<S extends MetricsSample>(kind: MetricsKind<S>, items: ItemWriter<S>): ListFormat<S> {
  const type = `"kind":"${kind.listKind}","apiVersion":"${METRICS_API_VERSION}"`
  const tail = Buffer.from(']}\n')
  const frameOf = (meta: ListMeta) => ({
    head: Buffer.from(`{${type},"metadata":${listMetaJson(meta)},"items":[`),
    tail,
  })
  const whole = frameOf(WHOLE_LIST)
  return {
    contentType: 'application/json',
    tellsLength: false,
    joint: 1,
    item: (to, record, sample) => to.text(`,${items.json(record, sample)}`),
    frame: (_bytes, meta) => (meta === WHOLE_LIST ? whole : frameOf(meta)),
  }
}

/** Field 2 of every list: `items`. */
const ITEMS = 2

/** Kubernetes' protobuf. */
export function protobufList<S extends MetricsSample>(kind: MetricsKind<S>, items: ItemWriter<S>): ListFormat<S> {
  const type = { apiVersion: METRICS_API_VERSION, kind: kind.listKind }
  const writer = new ReverseWriter()
  return {
    contentType: PROTOBUF,
    tellsLength: true,
    joint: 0,
    item(to, record, sample) {
      writer.reset()
      items.writeProtobuf(writer, record, sample)
      writer.message(ITEMS, 0)
      to.bytes(writer.view(), 0, writer.length)
    },
    frame(bytes, meta) {
      writer.reset()
      writeListMeta(writer, 1, meta)
      writeEnvelopeHead(writer, type, writer.length + bytes)
      return { head: writer.bytes(), tail: ENVELOPE_TAIL }
    },
  }
}

/** A list whose items are at hand. */
export function wholeList<S extends MetricsSample>(
  format: ListFormat<S>,
  items: readonly MetricsItem<MetricsRecord, S>[],
  sink: ByteSink,
  meta: ListMeta,
): Buffer {
  sink.reset()
  for (const { record, metrics } of items) format.item(sink, record, metrics)
  const written = sink.copy().subarray(items.length === 0 ? 0 : format.joint)
  const { head, tail } = format.frame(written.length, meta)
  return Buffer.concat([head, written, tail])
}
