import { describe, expect, it } from 'vitest'
import type { ResourceSample } from '../../src/model/sample.ts'
import { pod, resource } from '../support/samples.ts'
import { STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()
const { put, burning, served, millicores } = at

describe('a node', () => {
  const nodeAt = (timeMs: number, seconds: number, more: Partial<ResourceSample> = {}) =>
    resource({ timeMs, startTimeMs: STARTED, cpuNanoseconds: seconds * 1e9, workingSetBytes: 5e8, ...more })

  it('is served at once from the kubelet’s own rate, over its housekeeping interval', () => {
    put({ node: nodeAt(T0 - 4000, 100, { cpuNanocores: 8e8 }) })
    expect(at.store.node('node-1')).toEqual({
      timestampMs: T0 - 4000,
      windowMs: 10_000,
      usage: { cpuNanocores: 8e8, memoryBytes: 5e8, swapBytes: undefined },
    })
  })

  it('is served with the kubelet’s rate while the counters bear it out, over the time in which they grew by that', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    await at.clock.advance(15_000)
    put({ node: nodeAt(T0 + 14_000, 100 + 11.6, { cpuNanocores: 8e8 }) })
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 14_500, usage: { cpuNanocores: 8e8 } })
  })

  it('whose load stepped within the window is served with what the counters allow', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 1e8 }) })
    await at.clock.advance(60_000)
    put({ node: nodeAt(T0 + 60_000, 100 + 6, { cpuNanocores: 9e8 }) })
    const cpu = at.store.node('node-1')?.usage.cpuNanocores ?? 0
    expect(Math.abs(cpu / 1e8 - 1)).toBeLessThan(0.02)
  })

  it('whose cAdvisor sample is repeated keeps its usage and its timestamp', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    const first = at.store.node('node-1')
    await at.clock.advance(5000)
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    expect(at.store.node('node-1')).toBe(first)
  })

  it('whose cAdvisor looked twice within one whole second is not measured over the time between the requests', async () => {
    put({ node: nodeAt(T0, 100), nodeTimeMs: T0 + 4000 })
    await at.clock.advance(15_000)
    put({ node: nodeAt(T0, 100.09), nodeTimeMs: T0 + 19_000 })
    expect(at.store.node('node-1')).toBeUndefined()
  })

  it('without a rate of its own (Windows, /metrics/resource) is served from its second sample', async () => {
    put({ source: 'resource', node: nodeAt(T0 + 5, 100) })
    expect(at.store.node('node-1')).toBeUndefined()
    await at.clock.advance(15_000)
    put({ source: 'resource', node: nodeAt(T0 + 15_005, 130) })
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 15_000, usage: { cpuNanocores: 2e9 } })
  })

  it('that rebooted is taken anew', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    await at.clock.advance(15_000)
    put({ node: nodeAt(T0 + 15_000, 3, { cpuNanocores: 4e8, startTimeMs: T0 + 9000 }) })
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 7000, usage: { cpuNanocores: 4e8 } })
  })

  it('that stops answering is served with its true timestamp until the retention ends, with its pods', async () => {
    put({
      node: nodeAt(T0, 100, { cpuNanocores: 8e8 }),
      pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])],
    })
    await at.clock.advance(45_000)
    at.store.dropExpired('node-1')
    expect(at.store.node('node-1')?.timestampMs).toBe(T0)
    expect(millicores()).toEqual([1])
    await at.clock.advance(1)
    expect(at.store.node('node-1')).toBeUndefined()
    expect(served()).toBeUndefined()
    at.store.dropExpired('node-1')
    expect(at.store.points()).toEqual({ nodes: 0, containers: 0 })
  })

  it('reports swap in use or to be used, and none on a machine without', () => {
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 0, swapAvailableBytes: 0 }) }, 'none')
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 0, swapAvailableBytes: 10 }) }, 'unused')
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 7 }) }, 'used')
    expect(['none', 'unused', 'used'].map((n) => at.store.node(n)?.usage.swapBytes)).toEqual([undefined, 0, 7])
  })
})
