import { createMetricsEncoder } from '../src/api/encoding/metrics-encoder.ts'
import { createKeptRuns } from '../src/api/lists/chunk-cache.ts'
import { listPieces } from '../src/api/lists/list-chunks.ts'
import type { Media } from '../src/api/negotiation/media-type.ts'
import { BATCH_BYTES, batchesOf } from '../src/api/server/send-body.ts'
import { createSystemClock } from '../src/model/clock.ts'
import type { PodRecord } from '../src/model/cluster-objects.ts'
import type { Benchmark } from './benchmark.ts'
import { podRecords, podUsage } from './cluster.ts'

const PODS = 3000

/** A list of all pods as it is sent: every batch is made. */
function listOf(format: Media['format'], isKnown: boolean) {
  const records = podRecords(PODS)
  const usage = new Map(records.map((record, i) => [record, podUsage(i)]))
  const measurements = {
    watch(watched: readonly PodRecord[]) {
      const changed = new Set(watched.keys())
      return {
        changedFrom: (place: number) => (isKnown && !changed.has(place) ? watched.length : place),
        look(place: number) {
          changed.delete(place)
          return usage.get(watched[place] as PodRecord)
        },
      }
    },
  }
  const runs = createKeptRuns(measurements, createSystemClock())
  const list = createMetricsEncoder().pods.pieceByPiece({ format, pretty: false, as: undefined })
  const memory = Buffer.alloc(BATCH_BYTES)
  return async () => {
    let bytes = 0
    if (list === undefined) return bytes
    const { pieces } = await listPieces(list, runs.of(list, 'shop', records))
    for (const batch of batchesOf(pieces, memory)) bytes += batch.length
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
