import { beforeEach, describe, expect, it } from 'vitest'
import type { ContainerSample } from '../../src/model/sample.ts'
import { Store } from '../../src/store/store.ts'
import { pod, resource } from '../support/samples.ts'
import { cut, STARTED, useStore } from './store-fixture.ts'

const RESOLUTION = 15_000
const RETENTION = 180_000

const at = useStore()
beforeEach(() => {
  at.store = new Store({
    clock: at.clock,
    resolutionMs: RESOLUTION,
    retentionMs: 45_000,
    storageRetentionMs: RETENTION,
  })
})

const using = (name: string, bytes: number | undefined, more: Partial<ContainerSample> = {}) =>
  at.burning(name, 0.1, { ephemeralStorageBytes: bytes, ...more })

/** The Summary of a node with the pod web; the whole one unless said otherwise. */
const put = (containers: ContainerSample[], wholeSummary = true) =>
  at.store.put('node-1', { ...at.scrapeOf({ pods: [pod('web', containers, 'u')] }), wholeSummary })
/** A Summary of CPU and memory alone, a resolution later. */
async function later(...containers: ContainerSample[]): Promise<void> {
  await at.clock.advance(RESOLUTION)
  put(containers.length > 0 ? containers : [using('a', undefined)], false)
}

const bytes = () => at.served()?.containers.map(({ usage }) => usage.ephemeralStorageBytes)

/** Web is served, with its container a. */
beforeEach(async () => {
  put([using('a', undefined)], false)
  await later()
})

describe('ephemeral storage', () => {
  it('is served from the whole Summary until the next one', async () => {
    expect(bytes()).toEqual([undefined])
    await at.clock.advance(RESOLUTION)
    put([using('a', 4096)])
    expect(bytes()).toEqual([4096])
    for (let i = 0; i < 3; i++) await later()
    expect(bytes()).toEqual([4096])
    await at.clock.advance(RESOLUTION)
    put([using('a', 0)])
    expect(bytes()).toEqual([0])
  })

  it('is absent once the next whole Summary does not have it', async () => {
    put([using('a', 4096)])
    await at.clock.advance(RESOLUTION)
    put([using('a', undefined)])
    expect(bytes()).toEqual([undefined])
  })

  it('is absent after its retention, and the pod stays', async () => {
    put([using('a', 4096)])
    for (let ms = 0; ms < RETENTION; ms += RESOLUTION) await later()
    expect(bytes()).toEqual([4096])
    await later()
    expect(bytes()).toEqual([undefined])
    expect(at.millicores()).toEqual([100])
  })

  it('hides no pod that it is not known of, in part or at all', async () => {
    const both = (b: number | undefined) => [using('a', 10), using('b', b)]
    put(both(undefined), false)
    await at.clock.advance(RESOLUTION)
    put(both(undefined))
    expect(bytes()).toEqual([10, undefined])
    await at.clock.advance(RESOLUTION)
    put(both(20))
    expect(bytes()).toEqual([10, 20])
  })

  it('changes no CPU, no memory, no window and no time', async () => {
    const alone = at.served()
    put([using('a', 4096)])
    await later()
    const { containers, ...span } = at.served() ?? expect.fail()
    expect(span).toEqual({ timestampMs: (alone?.timestampMs ?? 0) + RESOLUTION, windowMs: alone?.windowMs })
    const [{ usage } = expect.fail()] = containers
    expect({ ...usage, ephemeralStorageBytes: undefined }).toEqual(alone?.containers[0]?.usage)
  })

  it('is not told where it was not asked for', async () => {
    put([using('a', 4096)], false)
    expect(bytes()).toEqual([undefined])
    at.store = new Store({ clock: at.clock, resolutionMs: RESOLUTION, retentionMs: 45_000 })
    put([using('a', 4096)])
    await at.clock.advance(RESOLUTION)
    put([using('a', 4096)])
    expect(bytes()).toEqual([undefined])
    expect(at.store.putStorage('node-1', at.scrapeOf({ pods: [pod('web', [using('a', 1)], 'u')] }))).toBeUndefined()
    expect(bytes()).toEqual([undefined])
  })

  it('goes when the node is asked /metrics/resource instead', async () => {
    put([using('a', 4096)])
    await at.clock.advance(RESOLUTION)
    at.put({ source: 'resource', pods: [pod('web', [using('a', undefined, { timeMs: at.clock.wallMs() })])] })
    expect(bytes()).toEqual([undefined])
  })

  it('belongs to the pod of its uid', async () => {
    put([using('a', 4096)])
    await at.clock.advance(RESOLUTION)
    at.put({ pods: [pod('web', [using('a', undefined)], 'another')] })
    await at.clock.advance(RESOLUTION)
    at.put({ pods: [pod('web', [using('a', undefined)], 'another')] })
    expect(at.served('web', 'another')?.containers.map(({ usage }) => usage.ephemeralStorageBytes)).toEqual([undefined])
  })

  it('is found by name, however many containers there are and in whatever order', async () => {
    const many = (order: 1 | -1, known: boolean) =>
      Array.from({ length: 40 }, (_, i) => using(`c${i}`, known ? i : undefined)).sort(() => order)
    put(many(1, false), false)
    await at.clock.advance(RESOLUTION)
    put(many(1, true))
    await at.clock.advance(RESOLUTION)
    put(many(1, false).toReversed(), false)
    const served = at.served()?.containers ?? []
    expect(served).toHaveLength(40)
    for (const { name, usage } of served) expect(`c${usage.ephemeralStorageBytes}`).toBe(name)
  })
})

describe('a container that restarts', () => {
  const restarted = (ageMs: number, more: Partial<ContainerSample> = {}) =>
    using('a', undefined, {
      startTimeMs: cut(at.clock.wallMs() - ageMs),
      cpuNanoseconds: ageMs * 1e5,
      ...more,
    })

  it('does not have the ephemeral storage of its run before', async () => {
    put([using('a', 4096)])
    await at.clock.advance(RESOLUTION)
    put([restarted(14_000)], false)
    await at.clock.advance(RESOLUTION)
    put([restarted(29_000)], false)
    expect(at.millicores()).toEqual([100])
    expect(bytes()).toEqual([undefined])
    await at.clock.advance(RESOLUTION)
    put([{ ...restarted(44_000), ephemeralStorageBytes: 8192 }])
    expect(bytes()).toEqual([8192])
  })

  it('is not one whose start moves while its counter goes on', async () => {
    put([using('a', 4096)])
    const drifting = (byMs: number) => using('a', undefined, { startTimeMs: STARTED + byMs, cpuNanocores: 1e8 })
    for (const byMs of [5000, 10_000, 15_000]) await later(drifting(byMs))
    expect(at.millicores()).toEqual([100])
    expect(bytes()).toEqual([4096])
  })

  /** Its counter says nothing of a restart. */
  const idle = (startTimeMs: number, ephemeralStorageBytes?: number) =>
    using('a', ephemeralStorageBytes, { startTimeMs, cpuNanoseconds: 18_000_000, cpuNanocores: 0 })
  async function idleBefore(): Promise<void> {
    at.store.forget('node-1')
    put([idle(STARTED)], false)
    await later(idle(STARTED))
    await at.clock.advance(RESOLUTION)
    put([idle(STARTED, 4096)])
    expect(bytes()).toEqual([4096])
  }

  it('and is idle does not have it either', async () => {
    await idleBefore()
    const restartMs = cut(at.clock.wallMs() + 5000)
    for (let i = 0; i < 4; i++) {
      await later(idle(restartMs))
      // Until the restart is certain, the pod is served as it was before.
      if ((at.served()?.timestampMs ?? 0) >= restartMs) expect(bytes()).toEqual([undefined])
    }
    expect(at.served()?.timestampMs).toBeGreaterThan(restartMs)
  })

  it('and is idle has that of its new run once it is served for that run', async () => {
    await idleBefore()
    const restartMs = cut(at.clock.wallMs() + 5000)
    await at.clock.advance(RESOLUTION)
    put([idle(restartMs, 512)])
    expect(at.served()?.timestampMs).toBeLessThan(restartMs)
    expect(bytes()).not.toEqual([512])
    for (let i = 0; i < 3; i++) await later(idle(restartMs))
    expect(at.served()?.timestampMs).toBeGreaterThan(restartMs)
    expect(bytes()).toEqual([512])
  })

  it('is not one whose counter is 0 in one answer, which is a glitch', async () => {
    put([using('a', 4096)])
    await later(using('a', undefined, { cpuNanoseconds: 0 }))
    await later()
    expect(bytes()).toEqual([4096])
  })
})

describe('a whole Summary that was asked for apart', () => {
  const putApart = (name: string, more: Partial<ContainerSample> = {}) =>
    at.store.putStorage('node-1', at.scrapeOf({ pods: [pod(name, [using('a', 4096, more)], 'u')] }))

  it('gives nothing but ephemeral storage', async () => {
    const before = at.served()
    await at.clock.advance(3000)
    putApart('web', { workingSetBytes: 99, cpuNanoseconds: 7 })
    expect(bytes()).toEqual([4096])
    const { containers, ...span } = at.served() ?? expect.fail()
    expect(before).toMatchObject(span)
    expect(containers[0]?.usage).toMatchObject({ memoryBytes: 1 << 20, cpuNanocores: 1e8 })
  })

  it('makes no pod and no node', () => {
    putApart('other')
    at.store.putStorage('node-2', at.scrapeOf({ pods: [pod('web', [using('a', 4096)], 'u')] }))
    expect(at.served('other')).toBeUndefined()
    expect(at.store.nodeStatus('node-2')).toBeUndefined()
    expect(at.store.nodeStatus('node-1')?.pods.reported).toBe(1)
  })

  it('is seen by lists that are kept', () => {
    const record = { namespace: 'default', name: 'web', uid: 'u', labels: [] }
    const watch = at.store.watchPods([record])
    watch.read(0)
    expect(watch.changedFrom(0)).toBe(1)
    putApart('web')
    expect(watch.changedFrom(0)).toBe(0)
    expect(watch.read(0)?.containers[0]?.usage.ephemeralStorageBytes).toBe(4096)
  })
})

describe('a node', () => {
  const node = (bytes: number | undefined, wholeSummary = true) =>
    at.store.put('node-1', {
      ...at.scrapeOf({
        node: resource({
          ...{ timeMs: cut(at.clock.wallMs()), cpuNanoseconds: (cut(at.clock.wallMs()) - STARTED) * 1e6 },
          ...{ cpuNanocores: 1e9, workingSetBytes: 5, ephemeralStorageBytes: bytes },
        }),
      }),
      wholeSummary,
    })
  const usage = () => at.store.node('node-1')

  it('has the ephemeral storage of its last whole Summary, within the retention', async () => {
    node(undefined, false)
    expect(usage()?.usage.ephemeralStorageBytes).toBeUndefined()
    await at.clock.advance(RESOLUTION)
    node(777)
    for (let ms = 0; ms < RETENTION; ms += RESOLUTION) {
      expect(usage()?.usage.ephemeralStorageBytes).toBe(777)
      await at.clock.advance(RESOLUTION)
      node(undefined, false)
    }
    await at.clock.advance(RESOLUTION)
    node(undefined, false)
    expect(usage()).toMatchObject({ usage: { cpuNanocores: 1e9, memoryBytes: 5, ephemeralStorageBytes: undefined } })
  })

  it('is another object to lists when only that has changed', async () => {
    node(777)
    const before = usage()
    await at.clock.advance(RESOLUTION)
    // cAdvisor has not looked since: the sample is the same.
    const repeated = resource({ timeMs: cut(at.clock.wallMs() - RESOLUTION), cpuNanoseconds: 5e18, workingSetBytes: 5 })
    expect(usage()).toBe(before)
    at.store.putStorage('node-1', at.scrapeOf({ node: { ...repeated, ephemeralStorageBytes: 778 } }))
    expect(usage()).not.toBe(before)
    expect(usage()).toMatchObject({ timestampMs: before?.timestampMs, usage: { ephemeralStorageBytes: 778 } })
  })
})

describe('what kubelets reported last', () => {
  it('has ephemeral storage with the time of its whole Summary', async () => {
    const wallMs = at.clock.wallMs()
    at.store.put('node-1', {
      ...at.scrapeOf({ node: resource({ ephemeralStorageBytes: 9 }), pods: [pod('web', [using('a', 4096)], 'u')] }),
      wholeSummary: true,
    })
    await later()
    const told: unknown[] = []
    at.store.forEachContainer('node-1', 'ephemeralStorageBytes', (...one) => told.push(one))
    expect(told).toEqual([['default', 'web', 'a', 4096, wallMs]])
    expect(at.store.reported('node-1', 'ephemeralStorageBytes')).toEqual({ value: 9, timestampMs: wallMs })
  })
})
