import { describe, expect, it } from 'vitest'
import { container, pod } from '../support/samples.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

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

  it('that one answer of its node does not list stays, and is gone with the next one that does not', async () => {
    put({ pods: [pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])] })
    await at.clock.advance(15_000)
    put({ pods: [] })
    expect(millicores()).toEqual([1])
    await at.clock.advance(2000)
    // Another scrape soon after is the same round.
    put({ pods: [] })
    expect(millicores()).toEqual([1])
    await at.clock.advance(13_000)
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
    await at.clock.advance(15_000)
    put({ pods: [pod('web', [young], 'new')] })
    expect(served('web', 'old')).toBeUndefined()
  })

  it('reported by two nodes without a uid is the one that started later, until its node no longer lists it', async () => {
    const started = (startTimeMs: number, millicores: number) => ({
      source: 'summary' as const,
      pods: [pod('web', [burning('a', 0.2, { startTimeMs, cpuNanocores: millicores * 1e6 })])],
    })
    put(started(STARTED + 60_000, 2), 'node-2')
    await at.clock.advance(1000)
    put(started(STARTED, 1), 'node-1')
    expect(millicores()).toEqual([2])
    put({ pods: [] }, 'node-2')
    expect(millicores()).toEqual([1])
    at.store.forget('node-1')
    expect(millicores()).toEqual([2])
    await at.clock.advance(15_000)
    put({ pods: [] }, 'node-2')
    expect(served()).toBeUndefined()
  })

  it('whose uid two nodes claim stays with the one that had it, and the other claim is reported', async () => {
    const claim = (millicores: number, uid?: string) => ({
      pods: [pod('web', [burning('a', 0.2, { cpuNanocores: millicores * 1e6 })], uid)],
    })
    put(claim(1, 'u'), 'node-1')
    expect(at.store.put('node-2', at.scrapeOf(claim(2, 'u'))).contested).toEqual({
      pod: 'default/web',
      otherNode: 'node-1',
    })
    expect(millicores()).toEqual([1])
    expect(at.store.put('node-1', at.scrapeOf(claim(1, 'u'))).contested).toBeUndefined()
    at.store.forget('node-1')
    expect(millicores()).toEqual([2])
  })

  it('with the uid that the API has goes before one without, whatever their order', () => {
    const claim = (millicores: number, uid: string | undefined, startTimeMs: number) => ({
      pods: [pod('web', [burning('a', 0.2, { startTimeMs, cpuNanocores: millicores * 1e6 })], uid)],
    })
    put(claim(9, undefined, STARTED + 60_000), 'node-2')
    put(claim(1, 'u', STARTED), 'node-1')
    expect(millicores()).toEqual([1])
    expect(served('web', 'other-uid')?.containers[0]?.usage.cpuNanocores).toBe(9e6)
  })

  it('of a name that one node lists twice is the one with the uid that the API has', async () => {
    const twins = () => [
      pod('web', [burning('a', 0, { cpuNanoseconds: 5e9 })], 'ended'),
      pod('web', [burning('a', 0.2)], 'u'),
    ]
    for (const isReversed of [false, true, false]) {
      put({ pods: isReversed ? twins().reverse() : twins() })
      await at.clock.advance(15_000)
    }
    expect(millicores()).toEqual([200])
  })

  it('of more names than a node can have is left out, and costs no more than its neighbours', () => {
    const many = Array.from({ length: 50 }, (_, i) => pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })], `u${i}`))
    put({ pods: [...many, pod('other', [burning('a', 0.2, { cpuNanocores: 2e6 })], 'u')] })
    expect(at.store.points().containers).toBe(9)
    expect(millicores('other')).toEqual([2])
  })

  it('listed twice by one node is kept once', () => {
    const twice = pod('web', [burning('a', 0.2, { cpuNanocores: 1e6 })])
    put({ pods: [twice, twice] })
    expect(at.store.points()).toEqual({ nodes: 0, containers: 1 })
  })

  it('has the time of its earliest container', async () => {
    const exact = (name: string, ms: number) => burning(name, 0, { timeMs: ms, cpuNanoseconds: (ms - STARTED) * 1e5 })
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 40), exact('b', T0 + 20)])] })
    await at.clock.advance(15_000)
    put({ source: 'resource', pods: [pod('web', [exact('a', T0 + 15_050), exact('b', T0 + 15_021)])] })
    expect(served()).toMatchObject({ timestampMs: T0 + 15_021, windowMs: 15_001 })
  })

  it('whose container started in or after its neighbour’s window is served when both have a window after that', async () => {
    // A runtime that keeps its values looked at the one container, and did not look again.
    const kept = (lookMs: number) =>
      burning('kept', 0, { timeMs: cut(lookMs), cpuNanoseconds: (lookMs - STARTED) * 1e5 })
    const startMs = T0 + 17_000
    const crash = () =>
      burning('crash', 0, {
        startTimeMs: cut(startMs),
        cpuNanoseconds: Math.round((at.clock.wallMs() - startMs) * 3e5),
      })
    const tell = (...containers: ReturnType<typeof crash>[]) =>
      put({ pods: [pod('web', containers, 'u')], nodeTimeMs: cut(at.clock.wallMs()) })
    tell(kept(at.clock.wallMs()))
    await at.clock.advance(15_000)
    tell(kept(at.clock.wallMs()))
    expect(served()).toBeDefined()
    for (let i = 0; i < 2; i++) {
      await at.clock.advance(15_000)
      tell(kept(T0 + 15_300), crash())
      expect(served()).toBeUndefined()
    }
    await at.clock.advance(15_000)
    tell(kept(at.clock.wallMs()), crash())
    // The one is over 45 s, the other over the last 15 s of these, and it ran for 43.
    expect(served()).toBeUndefined()
    await at.clock.advance(15_000)
    tell(kept(at.clock.wallMs()), crash())
    expect(served()?.windowMs).toBe(15_000)
    expect(served()?.containers.map(({ name }) => name)).toEqual(['kept', 'crash'])
  })

  it('has values that are all over the same window, where one container’s rate tells it more exactly', async () => {
    // The runtime looked 10.6 s apart, and dated both looks in whole seconds: 10 s.
    const looked = (lookMs: number) => {
      const app = { timeMs: cut(lookMs), startTimeMs: STARTED, workingSetBytes: 1 }
      const containers = [
        container('even', { ...app, cpuNanoseconds: (lookMs - STARTED) * 4e3, cpuNanocores: 4e6 }),
        container('bursting', { ...app, cpuNanoseconds: lookMs < T0 ? 100e9 : 105.3e9, cpuNanocores: 250e6 }),
      ]
      put({ pods: [pod('web', containers, 'u')], nodeTimeMs: cut(at.clock.wallMs()) })
    }
    looked(T0 - 6000)
    await at.clock.advance(15_000)
    looked(T0 + 4600)
    expect(served()?.windowMs).toBe(10_600)
    expect(served()?.containers.map(({ usage }) => usage.cpuNanocores)).toEqual([4e6, 500e6])
  })
})
