import { createMetricsEncoder } from '../src/api/encoding/metrics-encoder.ts'
import type { Media } from '../src/api/media.ts'
import type { Benchmark } from './benchmark.ts'
import { podRecords, podUsage } from './cluster.ts'

const PODS = 3000
const items = () => podRecords(PODS).map((record, i) => ({ record, metrics: podUsage(i) }))

/** The same samples again: what every list but the first between two scrapes costs. */
function known(format: Media['format']): Benchmark {
  return {
    name: `list pods, ${format}, known`,
    prepare() {
      const encoder = createMetricsEncoder()
      const pods = items()
      const run = () => encoder.pods.list(pods, { format, pretty: false, as: undefined }).body
      return { size: `${PODS} pods × 2, ${Math.round(run().length / 1024)} KiB`, run }
    },
  }
}

/** Samples that nobody has asked for yet. */
function fresh(format: Media['format']): Benchmark {
  return {
    name: `list pods, ${format}, fresh`,
    prepare() {
      const pods = items()
      // An encoder knows the samples that it has written: a new one knows none.
      const run = () => createMetricsEncoder().pods.list(pods, { format, pretty: false, as: undefined }).body
      return { size: `${PODS} pods × 2, ${Math.round(run().length / 1024)} KiB`, run }
    },
  }
}

export const encodeBenchmarks: readonly Benchmark[] = [
  fresh('protobuf'),
  known('protobuf'),
  fresh('json'),
  known('json'),
]
