import { beforeEach, describe, expect, it } from 'vitest'
import type { ResourceSample } from '../../src/model/sample.ts'
import { pod, resource } from '../support/samples.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()
const RESOLUTION = 15_000

/** Both formats report the same; the Summary cuts its times to seconds. */
describe.each(['summary', 'resource'] as const)('in answers of the %s', (source) => {
  const dated = source === 'summary' ? cut : (ms: number) => ms
  /** 80m for as long as anybody remembers; `total` core-seconds before the test began. */
  const counter = (total = 3600) => Math.round(total * 1e9 + (at.clock.wallMs() - T0) * 80_000)
  const app = (more: Partial<ResourceSample> = {}) =>
    at.burning('app', 0, {
      timeMs: dated(at.clock.wallMs()),
      cpuNanoseconds: counter(),
      cpuNanocores: source === 'summary' ? 80e6 : undefined,
      ...more,
    })
  const side = () => at.burning('side', 0.02, { timeMs: dated(at.clock.wallMs()) })
  const round = async (...containers: ReturnType<typeof app>[]) => {
    const result = at.store.put('node-1', at.scrapeOf({ source, pods: [pod('web', containers, 'u')] }), {
      capacity: at.capacity,
    })
    const served = at.millicores()
    await at.clock.advance(RESOLUTION)
    return { served, rejected: [...result.rejected.counts.keys()] }
  }

  beforeEach(() => {
    at.capacity = { cpuNanocores: 4e9, memoryBytes: 2 ** 34 }
  })

  describe.each([
    ['0', () => ({ cpuNanoseconds: 0, cpuNanocores: 5.2e18 })],
    ['small', () => ({ cpuNanoseconds: 7_000_000, cpuNanocores: 0 })],
    ['less than before', () => ({ cpuNanoseconds: counter() - 5e9 })],
    ['near 2^64', () => ({ cpuNanoseconds: 2 ** 64 - 4096 })],
    ['beyond what the machine can do', () => ({ cpuNanoseconds: counter() + 200e9 })],
    ['left out', () => ({ cpuNanoseconds: undefined })],
    ['0 with the memory', () => ({ cpuNanoseconds: 0, workingSetBytes: 0 })],
  ])('a counter that is %s for one answer', (_, glitch) => {
    it.each([
      3600, 5, 1,
    ])('leaves what was served, and the next good sample is compared with the last good one (%d s of CPU)', async (total) => {
      const good = () => app({ cpuNanoseconds: counter(total) })
      await round(side(), good())
      await round(side(), good())
      const odd = glitch()
      const isLess = odd.cpuNanoseconds !== undefined && odd.cpuNanoseconds < counter(total)
      const before = at.served()
      const { rejected } = await round(
        side(),
        app({ ...odd, cpuNanoseconds: isLess ? Math.min(odd.cpuNanoseconds, counter(total) - 1) : odd.cpuNanoseconds }),
      )
      expect(rejected).toHaveLength(1)
      expect(at.served()).toEqual(before)
      const { served } = await round(side(), good())
      expect(served).toEqual([20, expect.closeTo(80, 1)])
      expect((await round(side(), good())).served).toEqual([20, expect.closeTo(80, 1)])
    })

    it('is right or absent when it is the first answer', async () => {
      const odd = glitch()
      // Nobody can tell a first counter that is a little less from the true one.
      await round(app(odd.cpuNanoseconds === counter() - 5e9 ? {} : odd))
      for (let i = 0; i < 4; i++) {
        const { served } = await round(app())
        if (served !== undefined) expect(served).toEqual([expect.closeTo(80, 1)])
        if (i >= 2) expect(served).toBeDefined()
      }
    })
  })

  it('a counter that falls and goes on from there is the new one with the second sample', async () => {
    await round(app())
    await round(app())
    const fellMs = at.clock.wallMs()
    const low = () => app({ cpuNanoseconds: 4e8 + (at.clock.wallMs() - fellMs) * 80_000, cpuNanocores: 0 })
    expect((await round(low())).served).toEqual([80])
    expect((await round(low())).served).toEqual([expect.closeTo(80, 1)])
  })

  it('a glitch that lasts for another scrape soon after is still one glitch', async () => {
    await round(app())
    await round(app())
    const zero = () => app({ cpuNanoseconds: 0, cpuNanocores: undefined })
    for (const waitMs of [2000, 13_000]) {
      at.put({ source, pods: [pod('web', [zero()], 'u')] })
      expect(at.millicores()).toEqual([80])
      await at.clock.advance(waitMs)
    }
    expect((await round(app())).served).toEqual([expect.closeTo(80, 1)])
  })

  it('memory that is more than the machine has leaves what was served until the retention ends', async () => {
    await round(app())
    await round(app())
    const mad = () => app({ workingSetBytes: 2 ** 64 - 4096 })
    for (let i = 0; i < 3; i++) {
      const { served, rejected } = await round(mad())
      expect([served, rejected]).toEqual([[80], ['memory-beyond-capacity']])
    }
    expect((await round(mad())).served).toBeUndefined()
    expect((await round(app())).served).toEqual([expect.closeTo(80, 1)])
  })

  it('all cores in use are served', async () => {
    const busy = () =>
      app({ cpuNanoseconds: (at.clock.wallMs() - STARTED) * 3.97e6, cpuNanocores: 3.97e9, workingSetBytes: 2 ** 33.9 })
    await round(busy())
    expect((await round(busy())).served).toEqual([expect.closeTo(3970, 1)])
  })

  it('a node that does not report what it has is served', async () => {
    at.capacity = undefined
    const busy = () => app({ cpuNanoseconds: (at.clock.wallMs() - STARTED) * 3.97e7 })
    await round(busy())
    expect((await round(busy())).served).toEqual([expect.closeTo(39_700, 1)])
  })

  describe('a start that moves while the counter goes on is no restart:', () => {
    it.each([
      ['50 minutes before each answer', 3_000_000],
      ['20 s before each answer', 20_000],
      ['12 s before each answer', 12_000],
      ['5 s before each answer', 5000],
      ['2 s after each answer', -2000],
    ])('%s', async (_, ageMs) => {
      for (const ownRate of source === 'summary' ? [80e6, 0] : [undefined]) {
        at.store.forget('node-1')
        const values = []
        for (let i = 0; i < 10; i++) {
          const startTimeMs = dated(at.clock.wallMs() - ageMs)
          values.push((await round(app({ startTimeMs, cpuNanocores: ownRate }))).served)
        }
        expect(values.slice(2)).toEqual(Array(8).fill([expect.closeTo(80, 1)]))
      }
    })

    it.each([3600, 40, 5])('once, to 12 s ago (%d s of CPU)', async (total) => {
      let startTimeMs = STARTED
      const values = []
      for (let i = 0; i < 8; i++) {
        if (i === 3) startTimeMs = dated(at.clock.wallMs() - 12_000)
        values.push((await round(app({ startTimeMs, cpuNanoseconds: counter(total) }))).served)
      }
      expect(values.slice(1)).toEqual(Array(7).fill([expect.closeTo(80, 1)]))
    })

    it('by less than a millisecond each time', async () => {
      const values = []
      for (let i = 0; i < 5; i++) values.push((await round(app({ startTimeMs: STARTED + 0.6 * i }))).served)
      expect(values.slice(1)).toEqual(Array(4).fill([expect.closeTo(80, 1)]))
    })

    it('by some seconds each time, with a kubelet that knows no rate', async () => {
      const values = []
      for (let i = 0; i < 12; i++) {
        // Small enough for every start to be believed: only that it moves each time tells.
        const startTimeMs = dated(at.clock.wallMs() - 11_000 + 300 * i)
        values.push((await round(app({ startTimeMs, cpuNanocores: undefined, cpuNanoseconds: counter(1) }))).served)
      }
      for (const value of values) if (value !== undefined) expect(value).toEqual([expect.closeTo(80, 1)])
      expect(values.slice(6).every((value) => value !== undefined)).toBe(true)
    })
  })

  it('a restart is one although the new counter is higher than the old one was', async () => {
    const lives = [STARTED + 3_599_000, 0]
    const living = (startTimeMs: number, cores: number) =>
      app({
        startTimeMs: dated(startTimeMs),
        cpuNanoseconds: (at.clock.wallMs() - startTimeMs) * cores * 1e6,
        cpuNanocores: undefined,
      })
    await at.clock.advance(1000)
    await round(living(lives[0] as number, 0.01))
    await round(living(lives[0] as number, 0.01))
    const restartMs = at.clock.wallMs() - 9000
    const values = []
    for (let i = 0; i < 4; i++) values.push((await round(living(restartMs, 0.4))).served?.[0])
    expect(values[0]).toBeLessThanOrEqual(10.5)
    expect(values.slice(1)).toEqual(Array(3).fill(expect.closeTo(400, -1)))
  })
})

describe('a node', () => {
  const round = async (more: Partial<ResourceSample>) => {
    const timeMs = cut(at.clock.wallMs())
    const node = { timeMs, startTimeMs: STARTED, cpuNanocores: 5e8, workingSetBytes: 4e9 }
    const cpuNanoseconds = 86_400e9 + (timeMs - T0) * 500_000
    at.put({ node: resource({ ...node, cpuNanoseconds, ...more }) })
    const served = at.store.node('node-1')
    await at.clock.advance(RESOLUTION)
    return served && [served.usage.cpuNanocores / 1e6, served.usage.memoryBytes]
  }

  it.each([
    ['a counter of 0', { cpuNanoseconds: 0, cpuNanocores: 8.6e12 }],
    ['a counter near 2^64', { cpuNanoseconds: 2 ** 64 - 4096, cpuNanocores: 1e14 }],
    ['a mad rate of its own', { cpuNanocores: 8.6e12 }],
    ['memory just below 2^64', { workingSetBytes: 2 ** 64 - 4096 }],
  ])('with %s in one answer is served as before, and right in the next', async (_, glitch) => {
    at.capacity = { cpuNanocores: 4e9, memoryBytes: 2 ** 34 }
    await round({})
    await round({})
    expect(await round(glitch)).toEqual([expect.closeTo(500, 0), 4e9])
    expect(await round({})).toEqual([expect.closeTo(500, 0), 4e9])
    expect(await round({})).toEqual([expect.closeTo(500, 0), 4e9])
  })

  it.each([
    30_000, 60_000, 300_000,
  ])('whose kubelet looks every %d ms is served all the time, dated when it looked', async (everyMs) => {
    for (let i = 0; i < 40; i++) {
      const lookMs = cut(Math.floor((at.clock.wallMs() - T0) / everyMs) * everyMs + T0)
      const cpuNanoseconds = 86_400e9 + (lookMs - T0) * 500_000
      const served = await round({ timeMs: lookMs, cpuNanoseconds })
      expect(served).toEqual([expect.closeTo(500, 0), 4e9])
      expect(at.store.node('node-1')?.timestampMs).toBe(lookMs)
    }
  })
})

describe('a source of rates without counters', () => {
  it('is believed, 0 too, from the first answer on', async () => {
    const rate = (millicores: number) =>
      at.burning('app', 0, {
        cpuNanoseconds: undefined,
        cpuNanocores: millicores * 1e6,
        timeMs: cut(at.clock.wallMs()),
      })
    const values = []
    for (const millicores of [50, 50, 50, 0, 0, 0, 0, 0, 0, 0, 0, 70]) {
      at.put({ pods: [pod('web', [rate(millicores)], 'u')] })
      values.push(at.millicores())
      await at.clock.advance(RESOLUTION)
    }
    expect(values).toEqual([50, 50, 50, 0, 0, 0, 0, 0, 0, 0, 0, 70].map((each) => [each]))
  })
})

describe('a CPU sample that is dated with the start of its container', () => {
  it('is new when the counter moved, and dated by when it was asked for', async () => {
    const values = []
    for (let i = 0; i < 4; i++) {
      at.put({
        nodeTimeMs: cut(at.clock.wallMs()),
        pods: [pod('web', [at.burning('app', 0.08, { timeMs: STARTED })], 'u')],
      })
      values.push(at.millicores())
      if (i > 0) expect(at.served()?.timestampMs).toBe(at.clock.wallMs())
      await at.clock.advance(RESOLUTION)
    }
    expect(values.slice(1)).toEqual(Array(3).fill([80]))
  })
})
