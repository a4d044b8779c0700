import { describe, expect, it } from 'vitest'
import { resourceAnswer, summaryAnswer } from '../../bench/kubelet-answers.ts'
import { createExpositionDecoder } from '../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../src/kubelet/decode/summary.ts'
import { plain } from '../support/plain-samples.ts'

const decodeExposition = createExpositionDecoder()
const decodeSummary = createSummaryDecoder()

describe.each([
  ['/stats/summary', plain(decodeSummary(summaryAnswer(30)))],
  ['/metrics/resource', plain(decodeExposition(resourceAnswer(30)))],
])('the answer of %s that benchmarks decode', (_, sample) => {
  it('has thirty pods of two containers, as many names, and a node', () => {
    expect(new Set(sample.pods.map((pod) => pod.name)).size).toBe(30)
    expect(new Set(sample.pods.map((pod) => pod.containers.map((c) => c.name).join()))).toEqual(new Set(['burn,idle']))
    expect(sample.node?.cpuNanoseconds).toBeGreaterThan(0)
  })

  it('tells CPU and memory of each', () => {
    const containers = sample.pods.flatMap((pod) => pod.containers)
    expect(containers.every((c) => (c.cpuNanoseconds ?? 0) > 0 && (c.workingSetBytes ?? 0) > 0)).toBe(true)
  })
})
