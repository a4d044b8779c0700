import type { NodeRecord, PodRecord } from '../../model/cluster-objects.ts'
import type { NodeUsage, PodUsage } from '../../model/usage.ts'
import type { Encoded } from '../answer.ts'
import type { Media } from '../negotiation/media-type.ts'
import { ByteSink } from './byte-sink.ts'
import {
  createItemWriter,
  jsonList,
  type ListFormat,
  type ListMeta,
  protobufList,
  WHOLE_LIST,
  wholeList,
} from './list-format.ts'
import {
  METRICS_API_VERSION,
  type MetricsItem,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
  NODE_METRICS,
  POD_METRICS,
} from './metrics-kind.ts'
import { enveloped } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { encodeText, PROTOBUF } from './text.ts'
import { encodePartial, encodePartialList, tableJson } from './transforms.ts'

/** Writes objects and lists of a kind of metrics.k8s.io/v1beta1. Lists keep the order that they are given in. */
export interface KindEncoder<R extends MetricsRecord, S extends MetricsSample> {
  object(record: R, sample: S, media: Media): Encoded
  list(items: readonly MetricsItem<R, S>[], media: Media, meta?: ListMeta): Encoded
  /** How a list is written that can be made piece by piece; `undefined` where that cannot be. */
  inChunks(media: Media): ListFormat<S> | undefined
}

export interface MetricsEncoder {
  readonly nodes: KindEncoder<NodeRecord, NodeUsage>
  readonly pods: KindEncoder<PodRecord, PodUsage>
}

function createKindEncoder<S extends MetricsSample>(
  kind: MetricsKind<S>,
  hasStorage: boolean,
): KindEncoder<MetricsRecord, S> {
  const writer = new ReverseWriter()
  const sink = new ByteSink()
  const items = createItemWriter(kind)
  const formats = { json: jsonList(kind, items), protobuf: protobufList(kind, items) }
  const objectJson = (record: MetricsRecord, sample: S): string =>
    `{"kind":"${kind.kind}","apiVersion":"${METRICS_API_VERSION}",${items.json(record, sample).slice(1)}`
  const table = (rows: readonly MetricsItem<MetricsRecord, S>[], media: Media, meta: ListMeta): Encoded =>
    encodeText(tableJson(kind, rows, media.as, hasStorage, objectJson, meta), media)
  return {
    object(record, sample, media) {
      if (media.as?.kind === 'Table') return table([{ record, metrics: sample }], media, WHOLE_LIST)
      if (media.as !== undefined) return encodePartial(record, sample, media)
      if (media.format !== 'protobuf') return encodeText(Buffer.from(`${objectJson(record, sample)}\n`), media)
      const type = { apiVersion: METRICS_API_VERSION, kind: kind.kind }
      writer.reset()
      items.writeProtobuf(writer, record, sample)
      return { contentType: PROTOBUF, body: enveloped(type, writer.bytes()) }
    },
    list(objects, media, meta = WHOLE_LIST) {
      if (media.as?.kind === 'Table') return table(objects, media, meta)
      if (media.as !== undefined) return encodePartialList(objects, media, meta)
      if (media.format === 'protobuf')
        return { contentType: PROTOBUF, body: wholeList(formats.protobuf, objects, sink, meta) }
      return encodeText(wholeList(formats.json, objects, sink, meta), media)
    },
    inChunks({ format, pretty, as }) {
      return pretty || as !== undefined || format === 'yaml' ? undefined : formats[format]
    },
  }
}

/** The encoder that answers are made with, one per server. `hasStorage`: tables have a column for ephemeral storage. */
export const createMetricsEncoder = (hasStorage = false): MetricsEncoder => ({
  nodes: createKindEncoder(NODE_METRICS, hasStorage),
  pods: createKindEncoder(POD_METRICS, hasStorage),
})
