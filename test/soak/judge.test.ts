import { describe, expect, it } from 'vitest'
import { createNode } from '../../sim/world/population.ts'
import { createRandom } from '../../sim/world/random.ts'
import { steady, stepping } from '../../sim/world/rates.ts'
import { storageBytesAt } from '../../sim/world/truth.ts'
import { World } from '../../sim/world/world.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { History } from './history.ts'
import { judgeNode, judgePod } from './judge.ts'

const MEMORY = { baseBytes: 2 ** 26, swingBytes: 0, periodMs: 60_000 }
const TOLERANCE = { containerMs: 300, nodeMs: 1300 }

/** A node with a pod that steps from 100m to 900m each ten seconds, two minutes later. */
async function worldWithPod() {
  const clock = createManualClock({ wallMs: Date.UTC(2026, 0, 1) })
  const world = new World(clock, createRandom(1))
  const node = { ...createNode(0, world.nowMs(), world.random), name: 'n' }
  world.addNode({ ...node, system: { rate: steady(1e8), memory: node.system.memory } })
  const container = { role: 'main', memory: MEMORY, life: { kind: 'forever' } } as const
  const containers = [
    { ...container, name: 'a', rate: stepping([100e6, 900e6], 10_000) },
    { ...container, name: 'b', rate: steady(50e6) },
  ]
  const pod = world.addPod({ namespace: 'd', name: 'p', nodeName: 'n', containers })
  const history = new History(world)
  await clock.advance(120_000)
  return { clock, world, pod, history, now: world.nowMs() }
}

const used = (cpuNanocores: number) => ({ cpuNanocores, memoryBytes: 2 ** 26, swapBytes: undefined })
const usage = (timestampMs: number, a: number, b: number) => ({
  timestampMs,
  windowMs: 10_000,
  containers: [
    { name: 'a', usage: used(a) },
    { name: 'b', usage: used(b) },
  ],
})

describe('the judge of the long run', () => {
  it.each([
    ['the truth', 0, 900e6, 50e6, undefined],
    ['the load before the step', 0, 100e6, 50e6, /CPU of a: 100.00m .* in truth 9/],
    ['a value that is a tenth too high', 0, 900e6, 55e6, /CPU of b/],
    ['a value of another time', 10_000, 900e6, 50e6, /CPU of a/],
  ])('takes %s for what it is', async (_, beforeMs, a, b, expected) => {
    const { history, now } = await worldWithPod()
    const { wrong } = judgePod(history, 'd/p', usage(now - beforeMs, a, b), TOLERANCE)
    if (expected === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toMatch(expected)
  })

  it('finds ephemeral storage of another run, and such that is too old', async () => {
    const { clock, world, pod, history } = await worldWithPod()
    const storageOf = (timeMs: number) => {
      const { rootfs = 0, logs = 0 } = (pod.containers[1] && storageBytesAt(pod.containers[1], timeMs)) ?? {}
      return rootfs + logs
    }
    const judge = (ephemeralStorageBytes: number, storageMs: number) => {
      const { containers, ...span } = usage(world.nowMs(), 900e6, 50e6)
      const stored = containers.map((each) =>
        each.name === 'b' ? { ...each, usage: { ...each.usage, ephemeralStorageBytes } } : each,
      )
      return judgePod(history, 'd/p', { ...span, containers: stored }, { ...TOLERANCE, storageMs }).wrong
    }
    const before = storageOf(world.nowMs() - 60_000)
    expect(judge(before, 60_000)).toBeUndefined()
    expect(judge(before, 30_000)).toMatch(/^ephemeral storage of b/)
    world.restartContainers(pod, 'b')
    await clock.advance(20_000)
    expect(judge(storageOf(world.nowMs()), 1000)).toBeUndefined()
    expect(judge(before, 20_000)).toMatch(/^ephemeral storage of b/)
  })

  it('finds a container that is missing, one that did not run, and a pod that never was', async () => {
    const { clock, world, pod, history, now } = await worldWithPod()
    const whole = usage(now, 900e6, 50e6)
    const part = { ...whole, containers: whole.containers.slice(0, 1) }
    expect(judgePod(history, 'd/p', part, TOLERANCE).wrong).toBe('served without b')
    expect(judgePod(history, 'd/q', whole, TOLERANCE).wrong).toBe('there never was such a pod')
    world.deletePod(pod)
    await clock.advance(20_000)
    const after = usage(now + 20_000, 900e6, 50e6)
    expect(judgePod(history, 'd/p', after, TOLERANCE).wrong).toBe('a did not run then')
    expect(judgePod(history, 'd/p', whole, TOLERANCE).wrong).toBeUndefined()
  })

  it('judges a container that was started anew by the run that it tells of', async () => {
    const { clock, world, pod, history } = await worldWithPod()
    world.restartContainers(pod)
    await clock.advance(10_000)
    const anew = usage(world.nowMs(), 100e6 + 1.8e6, 50e6 + 1.8e6)
    expect(judgePod(history, 'd/p', anew, TOLERANCE).wrong).toBeUndefined()
    expect(judgePod(history, 'd/p', usage(world.nowMs(), 500e6, 50e6), TOLERANCE).wrong).toMatch(/CPU of a/)
  })

  it.each([
    ['the truth', 1050e6, undefined],
    ['the node without its pods', 100e6, /CPU: 100.00m/],
    ['twice the truth', 2100e6, /CPU: 2100.00m/],
  ])('takes %s of a node for what it is', async (_, nanocores, expected) => {
    const { history, now } = await worldWithPod()
    const { wrong } = judgeNode(history, 'n', { timestampMs: now, windowMs: 9_990, usage: used(nanocores) }, TOLERANCE)
    if (expected === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toMatch(expected)
  })
})
