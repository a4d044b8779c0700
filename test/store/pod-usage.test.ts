import { describe, expect, it } from 'vitest'
import { pod } from '../support/samples.ts'
import { STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()
const { put, burning, served, millicores } = at

describe('a pod', () => {
  it('is never served in part: it stays as it was while one container waits for a second sample', async () => {
    for (const wait of [0, 15_000]) {
      await at.clock.advance(wait)
      put({ pods: [pod('web', [burning('a', 0.2), burning('b', 0.1)], 'u')] })
    }
    const before = served()
    await at.clock.advance(15_000)
    const restarted = burning('b', 0, { startTimeMs: at.clock.wallMs() - 2000, cpuNanoseconds: 1e9 })
    put({ pods: [pod('web', [burning('a', 0.2), restarted], 'u')] })
    expect(served()).toEqual(before)
  })

  it('is left out when a container came that it was not served with before', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 2e8 })], 'u')] })
    expect(millicores()).toEqual([200])
    const debug = burning('debug', 0, { startTimeMs: at.clock.wallMs() - 1000, cpuNanoseconds: 1e6 })
    put({ pods: [pod('web', [burning('a', 0.2), debug], 'u')] })
    expect(served()).toBeUndefined()
  })

  it('goes on without a container that crashed and is listed no more', async () => {
    for (const wait of [0, 15_000]) {
      await at.clock.advance(wait)
      put({ pods: [pod('web', [burning('a', 0.2), burning('crash', 0.1)], 'u')] })
    }
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)], 'u')] })
    expect(served()?.containers.map((c) => c.name)).toEqual(['a'])
  })

  it('leaves out a container with neither CPU nor memory, and serves one with either', async () => {
    for (const wait of [0, 15_000]) {
      await at.clock.advance(wait)
      const ended = burning('ended', 0, { workingSetBytes: 0, cpuNanoseconds: 7e9 })
      const noMemory = burning('burst', 0.1, { workingSetBytes: 0 })
      put({ pods: [pod('web', [ended, noMemory, burning('idle', 0)])] })
    }
    expect(served()?.containers.map((c) => c.name)).toEqual(['burst', 'idle'])
  })

  it('with a container that says nothing of its memory is not served', async () => {
    for (const wait of [0, 15_000]) {
      await at.clock.advance(wait)
      put({ pods: [pod('web', [burning('a', 0.2), burning('b', 0.1, { workingSetBytes: undefined })])] })
    }
    expect(served()).toBeUndefined()
  })

  it('that its node no longer lists is gone', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])] })
    put({ pods: [] })
    expect(served()).toBeUndefined()
  })

  it('recreated under its name starts anew, and the old one is not served as the new', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })], 'old')] })
    expect(served('web', 'old')).toBeDefined()
    expect(served('web', 'new')).toBeUndefined()
    const young = burning('a', 0, { startTimeMs: at.clock.wallMs() - 2000, cpuNanoseconds: 1e9 })
    put({ pods: [pod('web', [young], 'new')] })
    expect(served('web', 'new')).toBeUndefined()
    expect(served('web', 'old')).toBeUndefined()
  })

  it('reported by two nodes is served once, as the node asked last says', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])] }, 'node-1')
    await at.clock.advance(1000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 2e6 })])] }, 'node-2')
    expect(millicores()).toEqual([2])
    put({ pods: [] }, 'node-2')
    expect(millicores()).toEqual([1])
    at.store.forget('node-1')
    expect(served()).toBeUndefined()
  })

  it('listed twice by one node is kept once', () => {
    const twice = pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])
    put({ pods: [twice, twice] })
    expect(at.store.points()).toEqual({ nodes: 0, containers: 1 })
    put({ pods: [] })
    expect(served()).toBeUndefined()
  })

  it('has the time of its earliest container', async () => {
    const exact = (name: string, ms: number) => burning(name, 0, { timeMs: ms, cpuNanoseconds: (ms - STARTED) * 1e5 })
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 40), exact('b', T0 + 20)])] })
    await at.clock.advance(15_000)
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 15_050), exact('b', T0 + 15_021)])] })
    expect(served()).toMatchObject({ timestampMs: T0 + 15_021, windowMs: 15_001 })
  })
})
