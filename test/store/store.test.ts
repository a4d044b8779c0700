import { beforeEach, describe, expect, it } from 'vitest'
import { NO_LABELS } from '../../src/model/labels.ts'
import type { ContainerSample, Moment, ResourceSample } from '../../src/model/sample.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { container, pod, resource, type ScrapeFields, scrape } from '../support/samples.ts'

const SECOND = 1000
const T0 = Date.UTC(2026, 0, 1, 12)
const STARTED = T0 - 3_600_000
const cut = (ms: number) => Math.floor(ms / SECOND) * SECOND

let clock: ManualClock
let store: Store

beforeEach(() => {
  clock = createManualClock({ wallMs: T0 + 300, monotonicMs: 5000 })
  store = new Store({ clock, resolutionMs: 15 * SECOND, retentionMs: 45 * SECOND })
})

const now = (): Moment => ({ wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() })
const record = (name: string, uid = 'u') => ({ namespace: 'default', name, uid, labels: NO_LABELS })
const put = (fields: ScrapeFields, node = 'node-1') => store.put(node, scrape(now(), fields))
/** A container that has burned `cores` since it started, as the Summary tells it now. */
const burning = (name: string, cores: number, more: Partial<ResourceSample> = {}): ContainerSample =>
  container(name, {
    timeMs: cut(clock.wallMs()),
    startTimeMs: STARTED,
    cpuNanoseconds: Math.round((clock.wallMs() - STARTED) * cores * 1e6),
    cpuNanocores: 0,
    workingSetBytes: 1 << 20,
    ...more,
  })
const served = (name = 'web', uid?: string) => store.pod(record(name, uid))
const millicores = (name = 'web') => served(name)?.containers.map((c) => c.usage.cpuNanocores / 1e6)

describe('a container in the Summary', () => {
  it('is served from its second sample, over the time between the two requests', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    expect(served()).toBeUndefined()
    await clock.advance(15_250)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    expect(millicores()).toEqual([200])
    expect(served()).toMatchObject({ windowMs: 15_250, timestampMs: clock.wallMs() })
  })

  it('is served at once when the kubelet knows its rate', () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 190_000_000 })])] })
    expect(millicores()).toEqual([190])
    expect(served()?.windowMs).toBe(15_000)
  })

  it('is served over its whole life when that is 10 s or more and less than the resolution', () => {
    const young = { startTimeMs: cut(clock.wallMs()) - 12_000, cpuNanoseconds: 6e9 }
    put({ pods: [pod('web', [burning('a', 0, young)])] })
    expect(millicores()).toEqual([500])
    expect(served()?.windowMs).toBe(12_000)
  })

  it.each([9_000, 15_000])('is not served over a life of %d ms', (age) => {
    const young = { startTimeMs: cut(clock.wallMs()) - age, cpuNanoseconds: 6e9 }
    put({ pods: [pod('web', [burning('a', 0, young)])] })
    expect(served()).toBeUndefined()
  })

  it('that never used any CPU is served with 0', () => {
    put({ pods: [pod('web', [burning('a', 0)])] })
    expect(millicores()).toEqual([0])
  })

  it('is right over the window when its load steps', async () => {
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: 100e9 })])] })
    await clock.advance(15_000)
    put({
      pods: [pod('web', [burning('a', 0, { cpuNanoseconds: 100e9 + 0.1 * 5e9 + 0.9 * 10e9, cpuNanocores: 9e8 })])],
    })
    expect(millicores()?.[0]).toBeCloseTo((0.1 * 5 + 0.9 * 10) / 15 / 1e-3, 3)
  })

  it('whose runtime keeps its answers is measured by the reported times', async () => {
    const kept = cut(clock.wallMs())
    const at = (timeMs: number) => ({ timeMs, cpuNanoseconds: (timeMs - STARTED) * 0.5 * 1e6 })
    put({ pods: [pod('web', [burning('a', 0, at(kept))])] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, at(kept + 10_000))])] })
    expect(millicores()).toEqual([500])
    expect(served()).toMatchObject({ windowMs: 10_000, timestampMs: kept + 10_000 })
  })

  it('that is only repeated keeps what was served, and grows old', async () => {
    const fixed = { timeMs: cut(clock.wallMs()), cpuNanoseconds: 5e12, cpuNanocores: 7_000_000 }
    put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    const first = served()
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    expect(served()).toEqual(first)
    await clock.advance(30_001)
    put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    expect(served()).toBeUndefined()
  })

  it('that restarted is served again from two samples of its new life', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await clock.advance(15_000)
    const startTimeMs = clock.wallMs() - 3000
    const reborn = (cores: number) =>
      burning('a', 0, { startTimeMs, cpuNanoseconds: Math.round((clock.wallMs() - startTimeMs) * cores * 1e6) })
    put({ pods: [pod('web', [reborn(0.4)], 'u')] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [reborn(0.4)], 'u')] })
    expect(millicores()).toEqual([400])
  })

  it('whose counter jumps back without a new start is taken as restarted', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanoseconds: 5 })])] })
    expect(served()).toBeUndefined()
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanoseconds: 5 + 3e9 })])] })
    expect(millicores()).toEqual([200])
  })

  it('an older sample than the stored one changes nothing', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    const old = burning('a', 0.2, { timeMs: T0 - 5000 })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    const before = served()
    await clock.advance(1000)
    put({ pods: [pod('web', [{ ...old, cpuNanoseconds: 1 }])] })
    expect(served()).toEqual(before)
  })

  it('counters beyond 2^53 still give the rate', async () => {
    const huge = 2 ** 60
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: huge })])] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: huge + 15e9 })])] })
    expect(millicores()?.[0]).toBeCloseTo(1000, 3)
  })
})

describe('the clock of a node', () => {
  it('minutes ahead: rates are right and the timestamp is ours', async () => {
    const ahead = 300_000
    const sample = () => burning('a', 0.3, { timeMs: cut(clock.wallMs() + ahead), startTimeMs: STARTED + ahead })
    for (const wait of [0, 15_000]) {
      await clock.advance(wait)
      put({ pods: [pod('web', [sample()])], nodeTimeMs: cut(clock.wallMs() + ahead) })
    }
    expect(millicores()).toEqual([300])
    expect(Math.abs((served()?.timestampMs ?? 0) - clock.wallMs())).toBeLessThanOrEqual(1000)
  })

  it.each([120_000, -120_000])('that jumps by %d ms between two samples spoils no rate', async (jump) => {
    put({ pods: [pod('web', [burning('a', 0.3)])] })
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.3, { timeMs: cut(clock.wallMs() + jump) })])] })
    expect(millicores()).toEqual([300])
  })
})

describe('a container of /metrics/resource', () => {
  it('is measured by its own milliseconds', async () => {
    const exact = (ms: number) => burning('a', 0, { timeMs: ms, cpuNanoseconds: (ms - STARTED) * 0.25 * 1e6 })
    put({ source: 'resource', pods: [pod('web', [exact(T0 + 17)])] })
    await clock.advance(15_000)
    put({ source: 'resource', pods: [pod('web', [exact(T0 + 14_817)])] })
    expect(millicores()).toEqual([250])
    expect(served()).toMatchObject({ windowMs: 14_800, timestampMs: T0 + 14_817 })
  })
})

describe('a pod', () => {
  it('is never served in part: it stays as it was while one container waits for a second sample', async () => {
    for (const wait of [0, 15_000]) {
      await clock.advance(wait)
      put({ pods: [pod('web', [burning('a', 0.2), burning('b', 0.1)], 'u')] })
    }
    const before = served()
    await clock.advance(15_000)
    const restarted = burning('b', 0, { startTimeMs: clock.wallMs() - 2000, cpuNanoseconds: 1e9 })
    put({ pods: [pod('web', [burning('a', 0.2), restarted], 'u')] })
    expect(served()).toBe(before)
  })

  it('is left out when a container came that it was not served with before', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 2e8 })], 'u')] })
    expect(millicores()).toEqual([200])
    const debug = burning('debug', 0, { startTimeMs: clock.wallMs() - 1000, cpuNanoseconds: 1e6 })
    put({ pods: [pod('web', [burning('a', 0.2), debug], 'u')] })
    expect(served()).toBeUndefined()
  })

  it('goes on without a container that crashed and is listed no more', async () => {
    for (const wait of [0, 15_000]) {
      await clock.advance(wait)
      put({ pods: [pod('web', [burning('a', 0.2), burning('crash', 0.1)], 'u')] })
    }
    await clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)], 'u')] })
    expect(served()?.containers.map((c) => c.name)).toEqual(['a'])
  })

  it('leaves out a container with neither CPU nor memory, and serves one with either', async () => {
    for (const wait of [0, 15_000]) {
      await clock.advance(wait)
      const ended = burning('ended', 0, { workingSetBytes: 0, cpuNanoseconds: 7e9 })
      const noMemory = burning('burst', 0.1, { workingSetBytes: 0 })
      put({ pods: [pod('web', [ended, noMemory, burning('idle', 0)])] })
    }
    expect(served()?.containers.map((c) => c.name)).toEqual(['burst', 'idle'])
  })

  it('with a container that says nothing of its memory is not served', async () => {
    for (const wait of [0, 15_000]) {
      await clock.advance(wait)
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
    const young = burning('a', 0, { startTimeMs: clock.wallMs() - 2000, cpuNanoseconds: 1e9 })
    put({ pods: [pod('web', [young], 'new')] })
    expect(served('web', 'new')).toBeUndefined()
    expect(served('web', 'old')).toBeUndefined()
  })

  it('reported by two nodes is served once, as the node asked last says', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])] }, 'node-1')
    await clock.advance(1000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 2e6 })])] }, 'node-2')
    expect(millicores()).toEqual([2])
    put({ pods: [] }, 'node-2')
    expect(millicores()).toEqual([1])
    store.forget('node-1')
    expect(served()).toBeUndefined()
  })

  it('listed twice by one node is kept once', () => {
    const twice = pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])
    put({ pods: [twice, twice] })
    expect(store.points()).toEqual({ nodes: 0, containers: 1 })
    put({ pods: [] })
    expect(served()).toBeUndefined()
  })

  it('has the time of its earliest container', async () => {
    const exact = (name: string, ms: number) => burning(name, 0, { timeMs: ms, cpuNanoseconds: (ms - STARTED) * 1e5 })
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 40), exact('b', T0 + 20)])] })
    await clock.advance(15_000)
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 15_050), exact('b', T0 + 15_021)])] })
    expect(served()).toMatchObject({ timestampMs: T0 + 15_021, windowMs: 15_001 })
  })
})

describe('a node', () => {
  const nodeAt = (timeMs: number, seconds: number, more: Partial<ResourceSample> = {}) =>
    resource({ timeMs, startTimeMs: STARTED, cpuNanoseconds: seconds * 1e9, workingSetBytes: 5e8, ...more })

  it('is served at once from the kubelet’s own rate, over its housekeeping interval', () => {
    put({ node: nodeAt(T0 - 4000, 100, { cpuNanocores: 8e8 }) })
    expect(store.node('node-1')).toEqual({
      timestampMs: T0 - 4000,
      windowMs: 10_000,
      usage: { cpuNanocores: 8e8, memoryBytes: 5e8, swapBytes: undefined },
    })
  })

  it('is served with the kubelet’s rate over the difference of reported times while the counters bear it out', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    await clock.advance(15_000)
    put({ node: nodeAt(T0 + 14_000, 100 + 11.6, { cpuNanocores: 8e8 }) })
    expect(store.node('node-1')).toMatchObject({ windowMs: 14_000, usage: { cpuNanocores: 8e8 } })
  })

  it('whose load stepped within the window is served with what the counters allow', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 1e8 }) })
    await clock.advance(60_000)
    put({ node: nodeAt(T0 + 60_000, 100 + 6, { cpuNanocores: 9e8 }) })
    const cpu = store.node('node-1')?.usage.cpuNanocores ?? 0
    expect(Math.abs(cpu / 1e8 - 1)).toBeLessThan(0.02)
  })

  it('whose cAdvisor sample is repeated keeps its usage and its timestamp', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    const first = store.node('node-1')
    await clock.advance(5000)
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    expect(store.node('node-1')).toBe(first)
  })

  it('without a rate of its own (Windows, /metrics/resource) is served from its second sample', async () => {
    put({ source: 'resource', node: nodeAt(T0 + 5, 100) })
    expect(store.node('node-1')).toBeUndefined()
    await clock.advance(15_000)
    put({ source: 'resource', node: nodeAt(T0 + 15_005, 130) })
    expect(store.node('node-1')).toMatchObject({ windowMs: 15_000, usage: { cpuNanocores: 2e9 } })
  })

  it('that rebooted is taken anew', async () => {
    put({ node: nodeAt(T0, 100, { cpuNanocores: 8e8 }) })
    await clock.advance(15_000)
    put({ node: nodeAt(T0 + 15_000, 3, { cpuNanocores: 4e8, startTimeMs: T0 + 9000 }) })
    expect(store.node('node-1')).toMatchObject({ windowMs: 6000, usage: { cpuNanocores: 4e8 } })
  })

  it('that stops answering is served with its true timestamp until the retention ends, with its pods', async () => {
    put({
      node: nodeAt(T0, 100, { cpuNanocores: 8e8 }),
      pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])],
    })
    await clock.advance(45_000)
    store.dropExpired('node-1')
    expect(store.node('node-1')?.timestampMs).toBe(T0)
    expect(millicores()).toEqual([1])
    await clock.advance(1)
    expect(store.node('node-1')).toBeUndefined()
    expect(served()).toBeUndefined()
    store.dropExpired('node-1')
    expect(store.points()).toEqual({ nodes: 0, containers: 0 })
  })

  it('reports swap in use or to be used, and none on a machine without', () => {
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 0, swapAvailableBytes: 0 }) }, 'none')
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 0, swapAvailableBytes: 10 }) }, 'unused')
    put({ node: nodeAt(T0, 1, { cpuNanocores: 1, swapBytes: 7 }) }, 'used')
    expect(['none', 'unused', 'used'].map((n) => store.node(n)?.usage.swapBytes)).toEqual([undefined, 0, 7])
  })
})
