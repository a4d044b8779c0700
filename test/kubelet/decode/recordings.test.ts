import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import type { ContainerSample } from '../../../src/model/sample.ts'
import { plain } from '../../support/plain-samples.ts'

const decodeExposition = createExpositionDecoder()
const decodeSummary = createSummaryDecoder()

const recording = (name: string) => readFileSync(new URL(`../../fixtures/kubelet/${name}`, import.meta.url))
const at = (time: string) => Date.parse(`2026-11-22T${time}Z`)

const WEB = 'myblog-7895984c67-j57gz'
const UIDS = new Map([
  ['pair', 'fae3f00c-cdd1-4f12-92c8-ded298be3118'],
  ['done', '14a29e90-dcb2-4070-a522-d29f10876c01'],
  [WEB, '19307726-4262-4230-9d44-3d27dc0f9fbf'],
])

// Read off summary-N.json: the node's time, CPU total, CPU rate, working set; then for each container
// pod, name, start, time, CPU total, CPU rate, working set. The node started at 01:18:01; no swap anywhere.
type SummaryRow = [pod: string, name: string, start: string, time: string, total: number, rate: number, memory: number]
const SUMMARIES: { node: [string, number, number, number]; containers: SummaryRow[] }[] = [
  {
    node: ['02:10:09', 2295070637220, 86335333, 504754176],
    containers: [
      ['done', 'once', '02:10:16', '02:10:17', 18181386, 0, 397312],
      ['pair', 'burn', '02:10:16', '02:10:17', 162283656, 0, 479232],
      ['pair', 'crash', '02:10:17', '02:10:17', 19516428, 0, 454656],
      ['pair', 'idle', '02:10:17', '02:10:17', 16424995, 0, 548864],
      ['pair', 'warm', '02:10:16', '02:10:17', 18496044, 0, 323584],
      [WEB, 'web', '02:07:50', '02:10:17', 11184400628, 24984821, 692224],
    ],
  },
  {
    node: ['02:10:09', 2295070637220, 86335333, 504754176],
    containers: [
      ['pair', 'idle', '02:10:17', '02:10:21', 16424995, 0, 233472],
      ['pair', 'warm', '02:10:16', '02:10:21', 18496044, 0, 221184],
      ['pair', 'burn', '02:10:16', '02:10:21', 1232851717, 260878452, 729088],
      ['pair', 'crash', '02:10:17', '02:10:21', 19516428, 0, 368640],
      [WEB, 'web', '02:07:50', '02:10:21', 11284950098, 24672437, 929792],
    ],
  },
  {
    node: ['02:10:26', 2300933750411, 340103620, 534044672],
    containers: [
      ['pair', 'idle', '02:10:17', '02:10:36', 16424995, 0, 233472],
      ['pair', 'warm', '02:10:16', '02:10:36', 18496044, 0, 221184],
      ['pair', 'burn', '02:10:16', '02:10:36', 5192153898, 274866495, 651264],
      [WEB, 'web', '02:07:50', '02:10:36', 11648946587, 24002188, 724992],
    ],
  },
  {
    node: ['02:10:37', 2305126069251, 375519960, 527626240],
    containers: [
      ['pair', 'warm', '02:10:16', '02:10:51', 18496044, 0, 221184],
      ['pair', 'burn', '02:10:16', '02:10:51', 9117829628, 253043970, 647168],
      ['pair', 'idle', '02:10:17', '02:10:51', 16424995, 0, 229376],
      [WEB, 'web', '02:07:50', '02:10:51', 12066132353, 32050962, 1052672],
    ],
  },
]

// Read off resource-N.txt: the node's time, CPU total, working set; then for each container
// pod, name, time, CPU total, working set. Times in milliseconds, CPU in nanoseconds.
type ResourceRow = [pod: string, name: string, time: number, total: number, memory: number]
const RESOURCES: { node: [number, number, number]; containers: ResourceRow[] }[] = [
  {
    node: [1795313409477, 2295070637220, 504754176],
    containers: [
      ['pair', 'burn', 1795313417658, 179153324, 708608],
      ['pair', 'crash', 1795313417660, 19516428, 454656],
      ['pair', 'idle', 1795313417662, 16424995, 548864],
      ['pair', 'warm', 1795313417663, 18496044, 323584],
      ['done', 'once', 1795313417664, 18181386, 397312],
      [WEB, 'web', 1795313417661, 11185440713, 864256],
    ],
  },
  {
    node: [1795313409477, 2295070637220, 504754176],
    containers: [
      ['pair', 'burn', 1795313421726, 1233067417, 671744],
      ['pair', 'crash', 1795313421727, 19516428, 368640],
      ['pair', 'idle', 1795313421729, 16424995, 233472],
      ['pair', 'warm', 1795313421724, 18496044, 221184],
      [WEB, 'web', 1795313421728, 11286018064, 839680],
    ],
  },
  {
    node: [1795313426716, 2300933750411, 534044672],
    containers: [
      ['pair', 'burn', 1795313436814, 5192153898, 651264],
      ['pair', 'idle', 1795313436807, 16424995, 233472],
      ['pair', 'warm', 1795313436808, 18496044, 221184],
      [WEB, 'web', 1795313436806, 11650153118, 897024],
    ],
  },
  {
    node: [1795313437880, 2305126069251, 527626240],
    containers: [
      ['pair', 'burn', 1795313451976, 9127690499, 593920],
      ['pair', 'idle', 1795313451973, 16424995, 229376],
      ['pair', 'warm', 1795313451974, 18496044, 221184],
      [WEB, 'web', 1795313451972, 12067314218, 692224],
    ],
  },
]

// `container_start_time_seconds`, the same in all four, to the millisecond.
const STARTS = new Map([
  ['burn', 1795313416950],
  ['crash', 1795313417049],
  ['idle', 1795313417156],
  ['once', 1795313416767],
  ['warm', 1795313416759],
  ['web', 1795313270595],
])

function podsOf(rows: readonly { pod: string; uid: string | undefined; container: ContainerSample }[]) {
  const names = [...new Set(rows.map((row) => row.pod))]
  return names.map((name) => ({
    namespace: 'demo',
    name,
    uid: rows.find((row) => row.pod === name)?.uid,
    containers: rows.filter((row) => row.pod === name).map((row) => row.container),
  }))
}

describe('the recordings of a real kubelet', () => {
  it.each([0, 1, 2, 3])('summary-%i.json decodes to what a reader of the file writes down', (moment) => {
    const { node, containers } = SUMMARIES[moment] ?? expect.fail()
    const [time, cpuNanoseconds, cpuNanocores, workingSetBytes] = node
    const swap = { swapBytes: 0, swapAvailableBytes: 0, ephemeralStorageBytes: undefined }
    const rows = containers.map(([pod, name, start, sampled, total, rate, memory]) => ({
      pod,
      uid: UIDS.get(pod),
      container: {
        name,
        timeMs: at(sampled),
        startTimeMs: at(start),
        cpuNanoseconds: total,
        cpuNanocores: rate,
        workingSetBytes: memory,
        ...swap,
      },
    }))
    expect(plain(decodeSummary(recording(`summary-${moment}.json`)))).toStrictEqual({
      source: 'summary',
      nodeName: 'real-node',
      node: { timeMs: at(time), startTimeMs: at('01:18:01'), cpuNanoseconds, cpuNanocores, workingSetBytes, ...swap },
      pods: podsOf(rows),
    })
  })

  it.each([0, 1, 2, 3])('resource-%i.txt decodes to what a reader of the file writes down', (moment) => {
    const { node, containers } = RESOURCES[moment] ?? expect.fail()
    const [timeMs, cpuNanoseconds, workingSetBytes] = node
    const without = {
      cpuNanocores: undefined,
      swapBytes: 0,
      swapAvailableBytes: undefined,
      ephemeralStorageBytes: undefined,
    }
    const rows = containers.map(([pod, name, sampled, total, memory]) => ({
      pod,
      uid: undefined,
      container: {
        name,
        timeMs: sampled,
        startTimeMs: STARTS.get(name),
        cpuNanoseconds: total,
        workingSetBytes: memory,
        ...without,
      },
    }))
    expect(plain(decodeExposition(recording(`resource-${moment}.txt`)))).toStrictEqual({
      source: 'resource',
      nodeName: undefined,
      node: { timeMs, startTimeMs: undefined, cpuNanoseconds, workingSetBytes, ...without },
      pods: podsOf(rows),
    })
  })
})
