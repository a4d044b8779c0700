import { formatGoDuration } from '../../kubernetes/duration.ts'
import type { Encoded } from '../answer.ts'
import type { Media, MediaTransform } from '../negotiation/media-type.ts'
import {
  labelsJson,
  type ListMeta,
  listMetaJson,
  metadataJson,
  secondsOf,
  timeText,
  writeListMeta,
  writeMetadata,
} from './list-format.ts'
import {
  EPHEMERAL_STORAGE,
  type MetricsItem,
  type MetricsKind,
  type MetricsRecord,
  type MetricsSample,
  resourcesOf,
} from './metrics-kind.ts'
import { enveloped } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { encodeText, jsonString, PROTOBUF } from './text.ts'

interface Item {
  readonly record: MetricsRecord
  readonly metrics: MetricsSample
}

const apiVersionOf = ({ as }: Media): string => `meta.k8s.io/${as?.version ?? 'v1'}`

/** PartialObjectMetadata of an object as JSON. */
function partialJson(record: MetricsRecord, sample: MetricsSample, apiVersion: string): string {
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
export function encodePartialList(items: readonly Item[], media: Media, meta: ListMeta): Encoded {
  const apiVersion = apiVersionOf(media)
  const type = { apiVersion, kind: 'PartialObjectMetadataList' }
  if (media.format !== 'protobuf') {
    const parts = items.map(({ record, metrics }) => partialJson(record, metrics, apiVersion))
    const list = parts.length === 0 ? 'null' : `[${parts.join(',')}]`
    const head = `{"kind":"${type.kind}","apiVersion":"${apiVersion}","metadata":${listMetaJson(meta)},"items":`
    return encodeText(Buffer.from(`${head}${list}}\n`), media)
  }
  const writer = new ReverseWriter()
  for (const { record, metrics } of items.toReversed()) {
    const end = writer.length
    writeMetadata(writer, 1, record, secondsOf(metrics.timestampMs))
    writer.message(2, end)
  }
  writeListMeta(writer, 1, meta)
  return { contentType: PROTOBUF, body: enveloped(type, writer.bytes()) }
}

function column(name: string, format: string, description = '', priority = 0): string {
  const type = '"type":"string"'
  return `{"name":"${name}",${type},"format":"${format}","description":"${description}","priority":${priority}}`
}

const STORAGE_COLUMN = column(EPHEMERAL_STORAGE, 'quantity', 'Ephemeral storage in use', 1)
/** Nothing is known of it; kubectl top writes so too. */
const UNKNOWN_CELL = jsonString('<unknown>')

function columns(resources: readonly string[], hasStorage: boolean): string {
  const quantities = resources.map((name) => column(name, 'quantity'))
  const all = [column('Name', 'name', 'Name of the resource'), ...quantities, column('Window', 'duration')]
  return `[${[...all, ...(hasStorage ? [STORAGE_COLUMN] : [])].join(',')}]`
}

/**
 * Objects as a Table, compact JSON with a newline at its end. It has one column for each resource of the first object; an
 * object without that resource shows 0 (metrics-server, pkg/api/table.go). Ephemeral storage, which the Go server does not
 * have, is a last column of priority 1 (`kubectl get -o wide`). Without objects there are neither
 * columns nor rows: both are null, as in the Go server.
 * @param hasStorage ephemeral storage is served.
 * @param whole an object as JSON, with kind and apiVersion.
 */
export function tableJson<S extends MetricsSample>(
  kind: MetricsKind<S>,
  items: readonly MetricsItem<MetricsRecord, S>[],
  as: MediaTransform | undefined,
  hasStorage: boolean,
  whole: (record: MetricsRecord, sample: S) => string,
  meta: ListMeta,
): Buffer {
  const apiVersion = `meta.k8s.io/${as?.version ?? 'v1'}`
  const [first] = items
  const resources = first === undefined ? [] : resourcesOf(kind.total(first.metrics)).map(([name]) => name)
  const shown = resources.filter((name) => name !== EPHEMERAL_STORAGE)

  function objectOf({ record, metrics }: MetricsItem<MetricsRecord, S>): string {
    if (as?.includeObject === 'None') return 'null'
    if (as?.includeObject === 'Object') return whole(record, metrics)
    return partialJson(record, metrics, apiVersion)
  }
  function row(item: MetricsItem<MetricsRecord, S>): string {
    const quantities = new Map(resourcesOf(kind.total(item.metrics)))
    const values = shown.map((name) => `"${quantities.get(name) ?? '0'}"`)
    const cells = [jsonString(item.record.name), ...values, `"${formatGoDuration(item.metrics.windowMs)}"`]
    const storage = quantities.get(EPHEMERAL_STORAGE)
    if (hasStorage) cells.push(storage === undefined ? UNKNOWN_CELL : `"${storage}"`)
    return `{"cells":[${cells.join(',')}],"object":${objectOf(item)}}`
  }

  const head = `{"kind":"Table","apiVersion":"${apiVersion}","metadata":${listMetaJson(meta)}`
  if (first === undefined) return Buffer.from(`${head},"columnDefinitions":null,"rows":null}\n`)
  return Buffer.from(
    `${head},"columnDefinitions":${columns(shown, hasStorage)},"rows":[${items.map(row).join(',')}]}\n`,
  )
}
