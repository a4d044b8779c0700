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
 * How a list is written: the runs of its items one after the other, between a head and a tail. A run is written without
 * knowing of the others, so that its bytes can be kept and stand in many lists.
 */
export interface ListFormat<S extends MetricsSample> {
  readonly contentType: string
  /** The head tells how long the list is: its items have to be written before it can be sent. */
  readonly tellsLength: boolean
  /** How many bytes at the start of every run are for the run before it: the first run of a list goes without. */
  readonly joint: number
  /** Objects in a row; bytes of their own, however many. */
  run(items: readonly MetricsItem<MetricsRecord, S>[]): Buffer
  /** What stands before and after so many bytes of items. */
  frame(bytes: number): { readonly head: Buffer; readonly tail: Buffer }
}

/** A run may be kept, and the memory that small buffers share with each other with it. */
const SHARED_BYTES = 2048

function bytesOf(text: string): Buffer {
  if (text.length < SHARED_BYTES) return Buffer.from(text)
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  return bytes
}

/** Compact JSON with Go's newline at the end. */
export function jsonList<S extends MetricsSample>(kind: MetricsKind<S>, items: ItemWriter<S>): ListFormat<S> {
  const type = `"kind":"${kind.listKind}","apiVersion":"${METRICS_API_VERSION}"`
  const head = Buffer.from(`{${type},"metadata":{},"items":[`)
  const tail = Buffer.from(']}\n')
  return {
    contentType: 'application/json',
    tellsLength: false,
    joint: 1,
    run(objects) {
      let text = ''
      for (const { record, metrics } of objects) text += `,${items.json(record, metrics)}`
      return bytesOf(text)
    },
    frame: () => ({ head, tail }),
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
    run(objects) {
      writer.reset()
      for (let i = objects.length - 1; i >= 0; i--) {
        const object = objects[i]
        if (object === undefined) continue
        const end = writer.length
        items.writeProtobuf(writer, object.record, object.metrics)
        writer.message(ITEMS, end)
      }
      return writer.bytes()
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
): Buffer {
  const run = format.run(items).subarray(items.length === 0 ? 0 : format.joint)
  const { head, tail } = format.frame(run.length)
  return Buffer.concat([head, run, tail])
}
