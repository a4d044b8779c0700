import { createSummaryDecoder } from '../src/kubelet/decode/summary.ts'
import { createSystemClock } from '../src/model/clock.ts'
import { Store } from '../src/store/store.ts'
import { createResourceMetrics } from '../src/telemetry/metrics/resource-metrics.ts'
import type { Benchmark } from './benchmark.ts'
import { summaryAnswer } from './kubelet-answers.ts'

const NODES = 100
const PODS = 30
const HOUR_MS = 3_600_000

const decodeSummary = createSummaryDecoder()

export const resourceMetricsBenchmarks: readonly Benchmark[] = [
  {
    name: 'write /metrics/resource',
    prepare() {
      const clock = createSystemClock()
      const store = new Store({ clock, resolutionMs: 60_000, retentionMs: HOUR_MS })
      const names = Array.from({ length: NODES }, (_, i) => `node-${i}`)
      for (const name of names) {
        const askedAt = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }
        store.put(name, { sample: decodeSummary(summaryAnswer(PODS)), askedAt })
      }
      const metrics = createResourceMetrics({ source: store, nodes: () => names, contentType: 'text/plain' })
      return {
        size: `${NODES} nodes with ${PODS} pods × 2`,
        run() {
          let bytes = 0
          for (const chunk of metrics.chunks()) bytes += chunk.length
          return bytes
        },
      }
    },
  },
]
