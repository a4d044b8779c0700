import type { NodeRecord, PodRecord } from '../../model/cluster-objects.ts'
import type { NodeUsage, PodUsage } from '../../model/usage.ts'
import type { Encoded, Media } from '../media.ts'
import { createFragments, type Fragments } from './fragments.ts'
import { joinJsonList, joinProtobufList } from './join.ts'
import {
  METRICS_API_VERSION,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
  NODE_METRICS,
  POD_METRICS,
} from './metrics-kind.ts'
import { encodePartial, encodePartialList } from './partial.ts'
import { enveloped } from './protobuf-envelope.ts'
import { tableJson } from './table.ts'
import { encodeText, PROTOBUF } from './text.ts'

/** An object of a list: what it is and what it uses. */
export interface MetricsItem<R, S> {
  readonly record: R
  readonly metrics: S
}

/** Writes objects and lists of metrics.k8s.io/v1beta1. Lists keep the order that they are given in. */
export interface MetricsEncoder {
  node(record: NodeRecord, metrics: NodeUsage, media: Media): Encoded
  nodeList(items: readonly MetricsItem<NodeRecord, NodeUsage>[], media: Media): Encoded
  pod(record: PodRecord, metrics: PodUsage, media: Media): Encoded
  podList(items: readonly MetricsItem<PodRecord, PodUsage>[], media: Media): Encoded
}

interface KindEncoder<S extends MetricsSample> {
  object(record: MetricsRecord, sample: S, media: Media): Encoded
  list(items: readonly MetricsItem<MetricsRecord, S>[], media: Media): Encoded
}

function objectJson<S extends MetricsSample>(kind: MetricsKind<S>, fragment: Buffer, end: string): Buffer {
  const head = Buffer.from(`{"kind":"${kind.kind}","apiVersion":"${METRICS_API_VERSION}",`)
  return Buffer.concat([head, fragment.subarray(1), Buffer.from(end)])
}

function createKindEncoder<S extends MetricsSample>(kind: MetricsKind<S>): KindEncoder<S> {
  const fragments: Fragments<S> = createFragments(kind)
  const wholeJson = (record: MetricsRecord, sample: S): Buffer => objectJson(kind, fragments.json(record, sample), '')
  const table = (items: readonly MetricsItem<MetricsRecord, S>[], media: Media): Encoded =>
    encodeText(tableJson(kind, items, media.as, wholeJson), media)
  return {
    object(record, sample, media) {
      if (media.as?.kind === 'Table') return table([{ record, metrics: sample }], media)
      if (media.as !== undefined) return encodePartial(record, sample, media)
      if (media.format !== 'protobuf') return encodeText(objectJson(kind, fragments.json(record, sample), '\n'), media)
      const type = { apiVersion: METRICS_API_VERSION, kind: kind.kind }
      return { contentType: PROTOBUF, body: enveloped(type, fragments.protobuf(record, sample)) }
    },
    list(items, media) {
      if (media.as?.kind === 'Table') return table(items, media)
      if (media.as !== undefined) return encodePartialList(items, media)
      const type = { apiVersion: METRICS_API_VERSION, kind: kind.listKind }
      if (media.format === 'protobuf') {
        const parts = items.map(({ record, metrics }) => fragments.protobuf(record, metrics))
        return { contentType: PROTOBUF, body: joinProtobufList(type, parts) }
      }
      const parts = items.map(({ record, metrics }) => fragments.json(record, metrics))
      return encodeText(joinJsonList(type, parts), media)
    },
  }
}

/**
 * The encoder that answers are made with; one per server, because it keeps the bytes of the samples that it has been
 * asked for. A list of known samples is one allocation and copies.
 */
export function createMetricsEncoder(): MetricsEncoder {
  const nodes = createKindEncoder(NODE_METRICS)
  const pods = createKindEncoder(POD_METRICS)
  return {
    node: (record, metrics, media) => nodes.object(record, metrics, media),
    nodeList: (items, media) => nodes.list(items, media),
    pod: (record, metrics, media) => pods.object(record, metrics, media),
    podList: (items, media) => pods.list(items, media),
  }
}
