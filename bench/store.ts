import { createSummaryDecoder } from '../src/kubelet/decode/summary.ts'
import { createSystemClock } from '../src/model/clock.ts'
import type { NodeSample, ResourceSample } from '../src/model/sample.ts'
import { packSamples, unpackSamples } from '../src/model/sample-rows.ts'
import { Store } from '../src/store/store.ts'
import type { Benchmark } from './benchmark.ts'
import { summaryAnswer } from './kubelet-answers.ts'

const decodeSummary = createSummaryDecoder()

const PODS = 30
const STEP_MS = 15_000

const later = <S extends ResourceSample>(sample: S, steps: number): S => ({
  ...sample,
  timeMs: sample.timeMs === undefined ? undefined : sample.timeMs + steps * STEP_MS,
  cpuNanoseconds: sample.cpuNanoseconds === undefined ? undefined : sample.cpuNanoseconds + steps * 3e9,
})

/** The same node so many resolutions later: every container has gone on using CPU. */
const laterSample = (sample: NodeSample, steps: number): NodeSample => ({
  ...sample,
  node: sample.node && later(sample.node, steps),
  pods: sample.pods.map((pod) => ({
    ...pod,
    containers: packSamples(unpackSamples(pod.containers).map((c) => later(c, steps))),
  })),
})

export const storeBenchmarks: readonly Benchmark[] = [
  {
    name: 'store a scrape',
    prepare() {
      const clock = createSystemClock()
      const store = new Store({ clock, resolutionMs: STEP_MS, retentionMs: 3 * STEP_MS })
      const first = decodeSummary(summaryAnswer(PODS))
      const scrapes = Array.from({ length: 64 }, (_, i) => ({
        sample: laterSample(first, i),
        askedAt: { wallMs: clock.wallMs() + i * STEP_MS, monotonicMs: clock.monotonicMs() + i * STEP_MS },
      }))
      // One scrape in 64 steps back in time and starts anew: too few to be seen in the figure.
      let at = 0
      return {
        size: `a node with ${PODS} pods × 2`,
        run() {
          const scrape = scrapes[at++ % scrapes.length]
          return scrape && store.put('node-1', scrape)
        },
      }
    },
  },
]
