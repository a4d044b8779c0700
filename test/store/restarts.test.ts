import { describe, expect, it } from 'vitest'
import { pod, resource } from '../support/samples.ts'
import { type NodeStory, answer as tell } from './simulated-node.ts'
import { cut, STARTED, T0, useStore } from './store-fixture.ts'

const at = useStore()

const web = (...containers: ReturnType<typeof at.burning>[]) => at.put({ pods: [pod('web', containers, 'u')] })
/** A container that started `ageMs` ago. */
const young = (name: string, ageMs: number, cores: number) =>
  at.burning(name, 0, { startTimeMs: cut(at.clock.wallMs() - ageMs), cpuNanoseconds: Math.round(ageMs * cores * 1e6) })

describe('a kubelet that restarts', () => {
  it('goes on with the counters of its containers', async () => {
    web(at.burning('a', 0.2))
    await at.clock.advance(40_000)
    web(at.burning('a', 0.2))
    expect(at.millicores()).toEqual([200])
    expect(at.served()?.windowMs).toBe(40_000)
  })

  it('and does not know its node’s rate yet has it served from the counters', async () => {
    const node = (own: number | undefined) =>
      at.put({
        node: resource({
          timeMs: cut(at.clock.wallMs()),
          cpuNanoseconds: (cut(at.clock.wallMs()) - STARTED) * 2e6,
          cpuNanocores: own,
          workingSetBytes: 1,
        }),
      })
    node(2e9)
    await at.clock.advance(15_000)
    node(0)
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 15_000, usage: { cpuNanocores: 2e9 } })
    await at.clock.advance(15_000)
    node(undefined)
    expect(at.store.node('node-1')).toMatchObject({ windowMs: 15_000, usage: { cpuNanocores: 2e9 } })
  })

  it('and was silent for longer than the retention comes back with a true window', async () => {
    web(at.burning('a', 0.2))
    await at.clock.advance(15_000)
    web(at.burning('a', 0.2))
    await at.clock.advance(90_000)
    at.store.dropExpired('node-1')
    expect(at.served()).toBeUndefined()
    // Its own rate is over a minute and a half, or over a second: nobody tells.
    web(at.burning('a', 0.2, { cpuNanocores: 999e6 }))
    expect(at.millicores()).toEqual([200])
    expect(at.served()?.windowMs).toBe(90_000)
  })

  it('and was silent for ten minutes is forgotten', async () => {
    web(at.burning('a', 0.2))
    await at.clock.advance(600_001)
    at.store.dropExpired('node-1')
    web(at.burning('a', 0.2))
    expect(at.served()).toBeUndefined()
  })
})

describe('a node that reboots', () => {
  it('starts all of its counters at 0, and none of them is compared with what was before', async () => {
    const story: NodeStory = {
      source: 'summary',
      load: [{ fromMs: -8_000_000, value: 1 }],
      restartsMs: [31_000],
      ahead: [{ fromMs: -8_000_000, value: 0 }],
      keptMs: 0,
      looksMs: [0, 12_000, 24_000, 36_000, 48_000],
    }
    const told: number[] = []
    for (const sentMs of [1000, 16_000, 34_000, 49_000]) {
      await at.clock.advance(sentMs + 5000 - at.clock.monotonicMs())
      at.store.put('node-1', tell(story, { sentMs, tookMs: 0, taken: 0 }))
      told.push(at.millicores()?.[0] ?? -1)
    }
    expect(told).toEqual([-1, 1000, -1, 1000])
  })

  it('within a second of its last start is still another life of a container of /metrics/resource', async () => {
    const life = (startTimeMs: number, cpuNanoseconds: number) =>
      at.put({
        source: 'resource',
        pods: [pod('web', [at.burning('a', 0, { timeMs: at.clock.wallMs(), startTimeMs, cpuNanoseconds })])],
      })
    life(T0 - 100, 4e8)
    await at.clock.advance(20_000)
    life(T0 + 500, 9e8)
    expect(at.served()).toBeUndefined()
  })
})

describe('a crash loop', () => {
  it('leaves its pod with the containers that run, and never in part', async () => {
    const listed: (string[] | undefined)[] = []
    const step = async (...containers: (() => ReturnType<typeof at.burning>)[]) => {
      web(...containers.map((each) => each()))
      listed.push(at.served()?.containers.map(({ name }) => name))
      await at.clock.advance(15_000)
    }
    const steady = () => at.burning('steady', 0.2)
    const runs = (ageMs: number) => () => young('crash', ageMs, 0.5)
    await step(steady, runs(40_000))
    await step(steady, runs(55_000))
    await step(steady)
    await step(steady, runs(3000))
    await step(steady, runs(18_000))
    await step(steady)
    expect(listed).toEqual([undefined, ['steady', 'crash'], ['steady'], undefined, ['steady', 'crash'], ['steady']])
  })

  it('whose container has run for 10 s when it is first seen is whole again at once, over all of its life', async () => {
    web(at.burning('steady', 0.2))
    await at.clock.advance(15_000)
    web(at.burning('steady', 0.2), young('crash', 12_000, 0.5))
    // 6 s of CPU in the window of 15 s that the pod has with its other container.
    expect(at.millicores()).toEqual([200, expect.closeTo(6000 / 15, 3)])
  })
})

describe('a container that restarts seconds after it was first seen', () => {
  // 10 ms of CPU in the first life, 0.5 cores in the second, which so has passed it by the next scrape.
  const first = () => at.burning('a', 0, { startTimeMs: cut(at.clock.wallMs() - 1000), cpuNanoseconds: 10e6 })
  const second = (startMs: number, own = 0) =>
    at.burning('a', 0, {
      startTimeMs: cut(startMs),
      cpuNanoseconds: Math.round((at.clock.wallMs() - startMs) * 0.5e6),
      cpuNanocores: own,
    })
  const extra = (container: ReturnType<typeof first>) =>
    at.store.put('node-1', at.scrapeOf({ pods: [pod('web', [container], 'u')] }), { isExtra: true })

  it('is served with what the second life used, where an extra scrape saw it begin', async () => {
    web(first())
    await at.clock.advance(1000)
    const startMs = at.clock.wallMs()
    await at.clock.advance(2000)
    extra(second(startMs))
    await at.clock.advance(12_000)
    // The kubelet's own rate, since the extra scrape, is that of the counter since the first one as well.
    web(second(startMs, 500e6))
    // 7 s of CPU, all of it since that start, in a window that reaches back to before it.
    expect(at.served()).toMatchObject({ timestampMs: at.clock.wallMs(), windowMs: 15_000 })
    expect(at.millicores()).toEqual([expect.closeTo(7000 / 15, 3)])
  })

  it('is not served by a counter that seems to go on, whatever the kubelet’s rate', async () => {
    web(first())
    await at.clock.advance(1000)
    const startMs = at.clock.wallMs()
    await at.clock.advance(14_000)
    web(second(startMs, 466e6))
    expect(at.served()).toBeUndefined()
    await at.clock.advance(15_000)
    web(second(startMs, 500e6))
    expect(at.millicores()).toEqual([500])
    expect(at.served()?.windowMs).toBe(15_000)
  })
})

describe('a counter that is set back', () => {
  it('has no rate of the kubelet’s believed that is more than all that was ever used', async () => {
    web(at.burning('a', 0.2))
    await at.clock.advance(15_000)
    // What a kubelet makes of a difference below 0 in 64 bits without a sign.
    web(at.burning('a', 0, { cpuNanoseconds: 5e9, cpuNanocores: 1.2e18 }))
    expect(at.served()).toBeUndefined()
    await at.clock.advance(15_000)
    web(at.burning('a', 0, { cpuNanoseconds: 8e9, cpuNanocores: 2e8 }))
    expect(at.millicores()).toEqual([200])
  })
})
