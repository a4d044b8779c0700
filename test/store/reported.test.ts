import { describe, expect, it } from 'vitest'
import type { MetricField } from '../../src/store/entries.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { container, pod, resource, scrape, type ScrapeFields } from '../support/samples.ts'

const T = 1_795_314_160_000

function setUp() {
  const clock = createManualClock({ wallMs: T + 400 })
  const store = new Store({ clock, resolutionMs: 15_000, retentionMs: 45_000 })
  const put = (node: string, fields: ScrapeFields) =>
    store.put(node, scrape({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }, fields))
  const reported = (node: string, field: MetricField) => {
    const all: string[] = []
    store.forEachContainer(node, field, (...each) => all.push(each.join(' ')))
    return all
  }
  return { clock, store, put, reported }
}

describe('what a kubelet reported', () => {
  it('is reported as it was, container by container, at the time of its sample', () => {
    const { put, reported } = setUp()
    const app = container('app', { timeMs: T, startTimeMs: T - 1e6, cpuNanoseconds: 5e9, workingSetBytes: 1000 })
    const proxy = container('proxy', { timeMs: T, cpuNanoseconds: 7e9, swapBytes: 10, swapAvailableBytes: 90 })
    put('n', { pods: [pod('web-1', [app, proxy])] })
    expect(reported('n', 'cpuNanoseconds')).toEqual([
      `default web-1 app 5000000000 ${T + 400}`,
      `default web-1 proxy 7000000000 ${T + 400}`,
    ])
    expect(reported('n', 'workingSetBytes')).toEqual([`default web-1 app 1000 ${T + 400}`])
    expect(reported('n', 'startTimeMs')).toEqual([`default web-1 app ${T - 1e6} ${T + 400}`])
    expect(reported('n', 'swapBytes')).toEqual([`default web-1 proxy 10 ${T + 400}`])
    expect(reported('n', 'swapLimitBytes')).toEqual([`default web-1 proxy 100 ${T + 400}`])
  })

  it('of exact times is reported at them', () => {
    const { put, reported } = setUp()
    const app = container('app', { timeMs: T - 1234, cpuNanoseconds: 5e9, workingSetBytes: 1000 })
    put('n', { source: 'resource', pods: [pod('web-1', [app])] })
    expect(reported('n', 'cpuNanoseconds')).toEqual([`default web-1 app 5000000000 ${T - 1234}`])
  })

  it('is the last sample, and with it goes a pod that is not listed any more', async () => {
    const { clock, put, reported } = setUp()
    const app = (seconds: number, cpu: number) =>
      container('app', { timeMs: T + seconds * 1000, cpuNanoseconds: cpu, workingSetBytes: 1000 })
    put('n', { pods: [pod('web-1', [app(0, 1)]), pod('web-2', [app(0, 2)])] })
    await clock.advance(15_000)
    put('n', { pods: [pod('web-1', [app(15, 3e9)])] })
    expect(reported('n', 'cpuNanoseconds')).toEqual([`default web-1 app 3000000000 ${T + 15_400}`])
  })

  it('of the node itself comes with the time that the node tells', () => {
    const { store, put } = setUp()
    put('n', { node: resource({ timeMs: T - 5000, cpuNanoseconds: 9e9, workingSetBytes: 4e9, swapBytes: 0 }) })
    expect(store.reported('n', 'cpuNanoseconds')).toEqual({ value: 9e9, timestampMs: T - 5000 })
    expect(store.reported('n', 'swapBytes')).toEqual({ value: 0, timestampMs: T - 5000 })
    expect(store.reported('n', 'startTimeMs')).toBeUndefined()
    expect(store.reported('nobody', 'cpuNanoseconds')).toBeUndefined()
  })

  it('is reported for as long as the retention, and no longer', async () => {
    const { clock, store, put, reported } = setUp()
    const app = container('app', { timeMs: T, cpuNanoseconds: 1, workingSetBytes: 1000 })
    put('n', { node: resource({ timeMs: T, cpuNanoseconds: 9 }), pods: [pod('web-1', [app])] })
    await clock.advance(45_000)
    expect(store.answering()).toEqual(['n'])
    expect(reported('n', 'cpuNanoseconds')).toHaveLength(1)
    await clock.advance(1)
    expect([store.answering(), reported('n', 'cpuNanoseconds'), store.reported('n', 'cpuNanoseconds')]).toEqual([
      ...[[], [], undefined],
    ])
  })
})
