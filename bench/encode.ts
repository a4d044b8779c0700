import { createMetricsEncoder } from '../src/api/encoding/metrics-encoder.ts'
import { createListChunkCache } from '../src/api/lists/chunk-cache.ts'
import { listChunks } from '../src/api/lists/list-chunks.ts'
import type { Media } from '../src/api/negotiation/media-type.ts'
import { BATCH_BYTES, batchesOf } from '../src/api/hooks/sending.ts'
import { createSystemClock } from '../src/model/clock.ts'
import type { PodRecord } from '../src/model/cluster-objects.ts'
import type { Benchmark } from './benchmark.ts'
import { podRecords, podUsage } from './cluster.ts'

const PODS = 3000

/** A list of all pods as it is sent: every batch is made. */
function listOf(format: Media['format'], isKnown: boolean) {
  const records = podRecords(PODS)
  const usage = new Map(records.map((record, i) => [record, podUsage(i)]))
  const watch = (watched: readonly PodRecord[]) => {
    const changed = new Set(watched.keys())
    return {
      changedFrom: (index: number) => (isKnown && !changed.has(index) ? watched.length : index),
      read(index: number) {
        changed.delete(index)
        return usage.get(watched[index] as PodRecord)
      },
    }
  }
  const cache = createListChunkCache(watch, createSystemClock())
  const list = createMetricsEncoder().pods.inChunks({ format, pretty: false, as: undefined })
  const memory = Buffer.alloc(BATCH_BYTES)
  return async () => {
    let bytes = 0
    if (list === undefined) return bytes
    const { chunks } = await listChunks(list, cache.of(list, 'shop', records))
    for (const batch of batchesOf(chunks, memory)) bytes += batch.length
    return bytes
  }
}

const benchmark = (name: string, format: Media['format'], isKnown: boolean): Benchmark => ({
  name,
  async prepare() {
    const run = listOf(format, isKnown)
    return { size: `${PODS} pods × 2, ${Math.round((await run()) / 1024)} KiB`, run }
  },
})

/** Fresh: no sample has been asked for yet. Known: the same samples again, as in all lists but the first between two scrapes. */
export const encodeBenchmarks: readonly Benchmark[] = (['protobuf', 'json'] as const).flatMap((format) => [
  benchmark(`list pods, ${format}, fresh`, format, false),
  benchmark(`list pods, ${format}, known`, format, true),
])
