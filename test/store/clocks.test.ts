import { describe, expect, it } from 'vitest'
import { pod, resource } from '../support/samples.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()

/** Puts what a node answers now whose clock is so far ahead of ours; `more` overrides its container. */
function answer(aheadMs: number, more: Parameters<typeof at.burning>[2] = {}): void {
  const timeMs = cut(at.clock.wallMs() + aheadMs)
  const web = pod('web', [at.burning('a', 0.3, { timeMs, ...more })], 'u')
  at.put({ pods: [web], nodeTimeMs: cut(at.clock.wallMs() + aheadMs) })
}

const nodeAnswer = (lookMs: number, aheadMs: number, own?: number) =>
  at.put({
    nodeTimeMs: cut(at.clock.wallMs() + aheadMs),
    node: resource({
      timeMs: cut(lookMs + aheadMs),
      cpuNanoseconds: (lookMs - STARTED) * 0.5e6,
      cpuNanocores: own,
      workingSetBytes: 1,
    }),
  })

describe('a node whose clock is wrong', () => {
  it.each([300_000, 5000, -5000, -300_000])('by %d ms is served with our time and true rates', async (ahead) => {
    answer(ahead)
    await at.clock.advance(15_400)
    answer(ahead)
    expect(at.millicores()).toEqual([300])
    expect(at.served()).toMatchObject({ timestampMs: at.clock.wallMs(), windowMs: 15_400 })
  })

  it.each([
    10_000, -10_000, 3000, -3000, 600_000,
  ])('and jumps by %d ms keeps what was served, then goes on', async (jump) => {
    answer(0)
    await at.clock.advance(15_000)
    answer(0)
    const before = at.served()
    await at.clock.advance(15_000)
    answer(jump)
    expect(at.served()).toEqual(before)
    await at.clock.advance(15_000)
    answer(jump)
    expect(at.millicores()).toEqual([300])
    expect(at.served()).toMatchObject({ windowMs: 15_000, timestampMs: at.clock.wallMs() })
  })

  it('and jumps does not have its kubelet’s rate believed, which is over a time that never passed', async () => {
    answer(0, { cpuNanocores: 300e6 })
    await at.clock.advance(15_000)
    const before = at.served()
    answer(-14_000, { cpuNanocores: 4500e6 })
    expect(at.served()).toEqual(before)
  })

  it('and jumps before an extra scrape does not have a rate since then served as one of a whole resolution', async () => {
    answer(0)
    await at.clock.advance(15_000)
    answer(0)
    const before = at.served()
    await at.clock.advance(13_000)
    const timeMs = cut(at.clock.wallMs() + 20_000)
    const web = pod('web', [at.burning('a', 0.3, { timeMs })], 'u')
    at.store.put('node-1', at.scrapeOf({ pods: [web], nodeTimeMs: timeMs }), { isExtra: true })
    await at.clock.advance(2000)
    answer(20_000, { cpuNanocores: 50e6 })
    expect(at.served()).toEqual(before)
    await at.clock.advance(15_000)
    answer(20_000)
    expect(at.millicores()).toEqual([300])
    expect(at.served()).toMatchObject({ windowMs: 15_000, timestampMs: at.clock.wallMs() })
  })

  it('and jumps does not make its containers look young', async () => {
    answer(0)
    await at.clock.advance(15_000)
    // Set back by an hour: the container seems to have started 12 s ago.
    const back = -(at.clock.wallMs() - STARTED) + 12_000
    answer(back)
    expect(at.served()).toBeUndefined()
    await at.clock.advance(15_000)
    answer(back)
    expect(at.millicores()).toEqual([300])
  })

  it('and jumps has its own values, taken before, not mistaken for new ones', async () => {
    nodeAnswer(T0 - 5000, 0)
    await at.clock.advance(15_000)
    nodeAnswer(T0 + 8000, 0)
    const before = at.store.node('node-1')
    expect(before?.usage.cpuNanocores).toBe(5e8)
    await at.clock.advance(15_000)
    // cAdvisor looked before the jump, and again after it.
    nodeAnswer(T0 + 21_000, 0)
    const jumped = () => nodeAnswer(T0 + 34_000, -9000)
    await at.clock.advance(5000)
    jumped()
    await at.clock.advance(16_000)
    jumped()
    expect(at.store.node('node-1')?.timestampMs).toBe(T0 + 21_000)
    await at.clock.advance(14_000)
    nodeAnswer(T0 + 60_000, -9000)
    await at.clock.advance(15_000)
    nodeAnswer(T0 + 75_000, -9000)
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 15_000, usage: { cpuNanocores: 5e8 } })
  })
})

describe('our own clock', () => {
  it('that jumps spoils no rate, and what is served next has the new time', async () => {
    answer(0)
    await at.clock.advance(15_000)
    at.clock.jumpWall(3_600_000)
    answer(-3_600_000, { cpuNanoseconds: 1.08e12 + 0.3 * 15e9, timeMs: cut(T0 + 300 + 15_000) })
    expect(at.served()?.timestampMs).toBe(at.clock.wallMs())
  })

  it('that stood still while this machine was paused is not taken for a load of several times', async () => {
    answer(0)
    await at.clock.advance(15_000)
    answer(0)
    const before = at.served()
    await at.clock.advance(15_000)
    // The node lived through 20 s more than we did.
    answer(20_000, { cpuNanoseconds: 1.08e12 + 0.3 * 50.3e9 })
    expect(at.served()).toEqual(before)
  })
})

describe('a value that is older than its answer', () => {
  it('is measured by when it was taken, however old the first one was', async () => {
    const kept = (ageMs: number) => {
      const timeMs = cut(at.clock.wallMs()) - ageMs
      answer(0, { timeMs, cpuNanoseconds: (timeMs - STARTED) * 0.3e6 })
    }
    kept(50_000)
    await at.clock.advance(15_000)
    kept(0)
    expect(at.millicores()).toEqual([300])
    expect(at.served()?.windowMs).toBe(65_000)
  })

  it('is served with its true time for as long as its kubelet answers, and the retention after that', async () => {
    const look = () =>
      at.put({
        nodeTimeMs: cut(at.clock.wallMs()),
        node: resource({ timeMs: T0 - 64_000, cpuNanocores: 5e8, workingSetBytes: 1 }),
      })
    for (let i = 0; i < 20; i++) {
      look()
      expect(at.store.node('node-1')?.timestampMs).toBe(T0 - 64_000)
      await at.clock.advance(15_000)
    }
    await at.clock.advance(30_001)
    expect(at.store.node('node-1')).toBeUndefined()
  })
})
