import { describe, expect, it } from 'vitest'
import { pod } from '../support/samples.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()
const { put, burning, served, millicores } = at

describe('a container in the Summary', () => {
  it('is served from its second sample, over the time between the two requests', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    expect(served()).toBeUndefined()
    await at.clock.advance(15_250)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    expect(millicores()).toEqual([200])
    expect(served()).toMatchObject({ windowMs: 15_250, timestampMs: at.clock.wallMs() })
  })

  it('is served at once when the kubelet knows its rate', () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 190_000_000 })])] })
    expect(millicores()).toEqual([190])
    expect(served()?.windowMs).toBe(15_000)
  })

  it('that never used any CPU is served with 0 from its second sample: a counter of 0 may be a glitch', async () => {
    put({ pods: [pod('web', [burning('a', 0)])] })
    expect(served()).toBeUndefined()
    await at.clock.advance(2000)
    put({ pods: [pod('web', [burning('a', 0)])] })
    expect(millicores()).toEqual([0])
  })

  it('is right over the window when its load steps', async () => {
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: 100e9 })])] })
    await at.clock.advance(15_000)
    put({
      pods: [pod('web', [burning('a', 0, { cpuNanoseconds: 100e9 + 0.1 * 5e9 + 0.9 * 10e9, cpuNanocores: 9e8 })])],
    })
    expect(millicores()?.[0]).toBeCloseTo((0.1 * 5 + 0.9 * 10) / 15 / 1e-3, 3)
  })

  it('whose runtime keeps its answers is measured by the reported times', async () => {
    const kept = cut(at.clock.wallMs())
    const countedAt = (timeMs: number) => ({ timeMs, cpuNanoseconds: (timeMs - STARTED) * 0.5 * 1e6 })
    put({ pods: [pod('web', [burning('a', 0, countedAt(kept))])] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, countedAt(kept + 10_000))])] })
    expect(millicores()).toEqual([500])
    expect(served()).toMatchObject({ windowMs: 10_000, timestampMs: kept + 10_000 })
  })

  it('that is only repeated keeps what was served, with its true time, for as long as the kubelet answers', async () => {
    const fixed = { timeMs: cut(at.clock.wallMs()), cpuNanoseconds: 5e12, cpuNanocores: 7_000_000 }
    put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    const first = served()
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    expect(served()).toEqual(first)
    for (let i = 0; i < 20; i++) {
      await at.clock.advance(15_000)
      put({ pods: [pod('web', [burning('a', 0, fixed)])] })
    }
    expect(served()).toEqual(first)
    await at.clock.advance(45_001)
    expect(served()).toBeUndefined()
  })

  it('that restarted is served again from two samples of its new life', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await at.clock.advance(15_000)
    const startTimeMs = at.clock.wallMs() - 3000
    const reborn = (cores: number) =>
      burning('a', 0, { startTimeMs, cpuNanoseconds: Math.round((at.clock.wallMs() - startTimeMs) * cores * 1e6) })
    put({ pods: [pod('web', [reborn(0.4)], 'u')] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [reborn(0.4)], 'u')] })
    expect(millicores()).toEqual([400])
  })

  it('whose counter falls without a new start, and stays low, goes on from the low one', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanoseconds: 5 })])] })
    expect(served()).toBeUndefined()
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanoseconds: 5 + 3e9 })])] })
    expect(millicores()).toEqual([200])
  })

  it('an older sample than the stored one changes nothing', async () => {
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    const old = burning('a', 0.2, { timeMs: T0 - 5000 })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.2)])] })
    const before = served()
    await at.clock.advance(1000)
    put({ pods: [pod('web', [{ ...old, cpuNanoseconds: 1 }])] })
    expect(served()).toEqual(before)
  })

  it('counters beyond 2^53 still give the rate', async () => {
    const huge = 2 ** 60
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: huge })])] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0, { cpuNanoseconds: huge + 15e9 })])] })
    expect(millicores()?.[0]).toBeCloseTo(1000, 3)
  })
})

describe('the clock of a node', () => {
  it('minutes ahead: rates are right and the timestamp is ours', async () => {
    const ahead = 300_000
    const sample = () => burning('a', 0.3, { timeMs: cut(at.clock.wallMs() + ahead), startTimeMs: STARTED + ahead })
    for (const wait of [0, 15_000]) {
      await at.clock.advance(wait)
      put({ pods: [pod('web', [sample()])], nodeTimeMs: cut(at.clock.wallMs() + ahead) })
    }
    expect(millicores()).toEqual([300])
    expect(Math.abs((served()?.timestampMs ?? 0) - at.clock.wallMs())).toBeLessThanOrEqual(1000)
  })

  it.each([120_000, -120_000])('that jumps by %d ms between two samples spoils no rate', async (jump) => {
    put({ pods: [pod('web', [burning('a', 0.3)])] })
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [burning('a', 0.3, { timeMs: cut(at.clock.wallMs() + jump) })])] })
    expect(millicores()).toEqual([300])
  })
})

describe('a container of /metrics/resource', () => {
  it('is measured by its own milliseconds', async () => {
    const exact = (ms: number) => burning('a', 0, { timeMs: ms, cpuNanoseconds: (ms - STARTED) * 0.25 * 1e6 })
    put({ source: 'resource', pods: [pod('web', [exact(T0 + 17)])] })
    await at.clock.advance(15_000)
    put({ source: 'resource', pods: [pod('web', [exact(T0 + 14_817)])] })
    expect(millicores()).toEqual([250])
    expect(served()).toMatchObject({ windowMs: 14_800, timestampMs: T0 + 14_817 })
  })
})
