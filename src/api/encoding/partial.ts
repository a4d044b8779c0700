import type { Encoded, Media } from '../media.ts'
import { labelsJson, metadataJson, secondsOf, timeText, writeListMeta, writeMetadata } from './metadata.ts'
import type { MetricsRecord, MetricsSample } from './metrics-kind.ts'
import { enveloped } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { encodeText, PROTOBUF } from './text.ts'

interface Item {
  readonly record: MetricsRecord
  readonly metrics: MetricsSample
}

const apiVersionOf = ({ as }: Media): string => `meta.k8s.io/${as?.version ?? 'v1'}`

/** PartialObjectMetadata of an object as JSON. */
export function partialJson(record: MetricsRecord, sample: MetricsSample, apiVersion: string): string {
  const metadata = metadataJson(record, timeText(sample.timestampMs), labelsJson(record.labels))
  return `{"kind":"PartialObjectMetadata","apiVersion":"${apiVersion}","metadata":${metadata}}`
}

/** An object's metadata alone. */
export function encodePartial(record: MetricsRecord, sample: MetricsSample, media: Media): Encoded {
  const apiVersion = apiVersionOf(media)
  if (media.format !== 'protobuf') {
    return encodeText(Buffer.from(`${partialJson(record, sample, apiVersion)}\n`), media)
  }
  const writer = new ReverseWriter()
  writeMetadata(writer, 1, record, secondsOf(sample.timestampMs))
  return { contentType: PROTOBUF, body: enveloped({ apiVersion, kind: 'PartialObjectMetadata' }, writer.bytes()) }
}

/** The metadata of a list's objects. As in the Go server, the items of an empty list are null. */
export function encodePartialList(items: readonly Item[], media: Media): Encoded {
  const apiVersion = apiVersionOf(media)
  const type = { apiVersion, kind: 'PartialObjectMetadataList' }
  if (media.format !== 'protobuf') {
    const parts = items.map(({ record, metrics }) => partialJson(record, metrics, apiVersion))
    const list = parts.length === 0 ? 'null' : `[${parts.join(',')}]`
    const head = `{"kind":"${type.kind}","apiVersion":"${apiVersion}","metadata":{},"items":`
    return encodeText(Buffer.from(`${head}${list}}\n`), media)
  }
  const writer = new ReverseWriter()
  for (const { record, metrics } of items.toReversed()) {
    const end = writer.length
    writeMetadata(writer, 1, record, secondsOf(metrics.timestampMs))
    writer.message(2, end)
  }
  writeListMeta(writer, 1)
  return { contentType: PROTOBUF, body: enveloped(type, writer.bytes()) }
}
