import type { ByteSink } from './byte-sink.ts'
import type { ItemWriter } from './item-writer.ts'
import { writeListMeta } from './metadata.ts'
import {
  METRICS_API_VERSION,
  type MetricsItem,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
} from './metrics-kind.ts'
import { ENVELOPE_TAIL, writeEnvelopeHead } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { PROTOBUF } from './text.ts'

/**
 * How a list is written: its items one after the other, between a head and a tail. An item is written without knowing of
 * the others, so that its bytes can be kept and stand in many lists.
 */
export interface ListFormat<S extends MetricsSample> {
  readonly contentType: string
  /** The head tells how long the list is: its items have to be written before it can be sent. */
  readonly tellsLength: boolean
  /** How many bytes at the start of every item are for the item before it: the first of a list goes without. */
  readonly joint: number
  item(to: ByteSink, record: MetricsRecord, sample: S): void
  /** What stands before and after so many bytes of items. */
  frame(bytes: number): { readonly head: Buffer; readonly tail: Buffer }
}

/** Compact JSON with Go's newline at the end. */
export function jsonList<S extends MetricsSample>(kind: MetricsKind<S>, items: ItemWriter<S>): ListFormat<S> {
  const type = `"kind":"${kind.listKind}","apiVersion":"${METRICS_API_VERSION}"`
  const frame = { head: Buffer.from(`{${type},"metadata":{},"items":[`), tail: Buffer.from(']}\n') }
  return {
    contentType: 'application/json',
    tellsLength: false,
    joint: 1,
    item: (to, record, sample) => to.text(`,${items.json(record, sample)}`),
    frame: () => frame,
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
    frame(bytes) {
      writer.reset()
      writeListMeta(writer, 1)
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
): Buffer {
  sink.reset()
  for (const { record, metrics } of items) format.item(sink, record, metrics)
  const written = sink.copy().subarray(items.length === 0 ? 0 : format.joint)
  const { head, tail } = format.frame(written.length)
  return Buffer.concat([head, written, tail])
}
