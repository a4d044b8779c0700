import type { Encoded, EncodedChunks } from '../src/api/answer.ts'
import { createMetricsEncoder } from '../src/api/encoding/metrics-encoder.ts'
import { createListChunkCache } from '../src/api/lists/chunk-cache.ts'
import type { Media } from '../src/api/negotiation/media-type.ts'
import { type ListPosition, positionAfter } from '../src/api/request/continue-token.ts'
import { createPodResource, type PodResource } from '../src/api/resources/pods.ts'
import { BATCH_BYTES, batchesOf } from '../src/api/hooks/sending.ts'
import { type Clock, createSystemClock } from '../src/model/clock.ts'
import type { PodRecord } from '../src/model/cluster-objects.ts'
import type { Benchmark } from './benchmark.ts'
import { podRecords, podUsage } from './cluster.ts'

const PAGE = 500
const SELECTION = { everything: true, wanted: [], takes: () => true }
const JSON_MEDIA: Media = { format: 'json', pretty: false, as: undefined }
const TABLE: Media = { ...JSON_MEDIA, as: { kind: 'Table', version: 'v1', includeObject: 'Metadata' } }

/**
 * So many pods of one namespace, whose samples do not change.
 * @param isCounted whether a second passes between two pages, so that each counts the pods again.
 */
function clusterOf(count: number, isCounted: boolean): { records: readonly PodRecord[]; resource: PodResource } {
  const records = podRecords(count).sort((a, b) => (a.name < b.name ? -1 : 1))
  const usage = new Map(records.map((record, i) => [record, podUsage(i)]))
  let now = 0
  const clock: Clock = { ...createSystemClock(), ...(isCounted && { monotonicMs: () => (now += 1000) }) }
  const watch = (watched: readonly PodRecord[]) => {
    const changed = new Set(watched.keys())
    return {
      changedFrom: (index: number) => (changed.has(index) ? index : watched.length),
      read(index: number) {
        changed.delete(index)
        return usage.get(watched[index] as PodRecord)
      },
    }
  }
  const resource = createPodResource({
    pods: { get: () => undefined, inNamespace: () => records, namespaces: () => ['shop'] },
    usage: { pod: (record) => usage.get(record) },
    encoder: createMetricsEncoder().pods,
    chunks: createListChunkCache(watch, clock),
    freshness: { served() {} },
    clock,
  })
  return { records, resource }
}

/** Makes every batch, as it is sent. */
function bytesOf({ body }: Encoded | EncodedChunks, memory: Buffer): number {
  if (Buffer.isBuffer(body)) return body.length
  let bytes = 0
  for (const batch of batchesOf(body.chunks, memory)) bytes += batch.length
  return bytes
}

/** From each of these positions on a page of 500; from none the whole list. */
function reader(resource: PodResource, media: Media, starts: readonly (ListPosition | undefined)[]) {
  const memory = Buffer.alloc(BATCH_BYTES)
  const scope = { resource: 'pods', namespace: '' } as const
  return async () => {
    let bytes = 0
    const pages = starts.map((from) => ({ scope, limit: PAGE, from }))
    for (const page of pages.length === 0 ? [undefined] : pages) {
      bytes += bytesOf(await resource.list('', { selection: SELECTION, media, page }), memory)
    }
    return bytes
  }
}

const after = (record: PodRecord | undefined) => record && positionAfter(record)

interface PageCase {
  readonly name: string
  readonly pods: number
  readonly media?: Media
  /** Where the pages begin; the whole list when there are none. */
  readonly starts: (records: readonly PodRecord[]) => readonly (ListPosition | undefined)[]
  readonly isCounted?: boolean
}

const inTheMiddle: PageCase['starts'] = (records) => [after(records[records.length / 2])]
const all: PageCase['starts'] = (records) =>
  Array.from({ length: records.length / PAGE }, (_, i) => after(records[i * PAGE - 1]))

const benchmark = ({ name, pods, media = JSON_MEDIA, starts, isCounted = false }: PageCase): Benchmark => ({
  name,
  async prepare() {
    const { records, resource } = clusterOf(pods, isCounted)
    const run = reader(resource, media, starts(records))
    return { size: `${pods} pods × 2, ${Math.round((await run()) / 1024)} KiB`, run }
  },
})

const CASES: readonly PageCase[] = [
  { name: 'a page of 500 of 10,000 pods', pods: 10_000, starts: inTheMiddle },
  { name: 'a page of 500 of 100,000 pods', pods: 100_000, starts: inTheMiddle },
  { name: 'a page of 500 of 100,000 pods, counted anew', pods: 100_000, starts: inTheMiddle, isCounted: true },
  { name: 'a page of 500 of 100,000 pods as a Table', pods: 100_000, media: TABLE, starts: inTheMiddle },
  { name: '10,000 pods in 20 pages', pods: 10_000, starts: all },
  { name: '10,000 pods without pages', pods: 10_000, starts: () => [] },
]

/** Of known samples: what a page costs beside writing its objects. Only a Table is written anew each time. */
export const pageBenchmarks: readonly Benchmark[] = CASES.map(benchmark)
