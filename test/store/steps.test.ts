import { describe, expect, it } from 'vitest'
import { answer, type NodeStory, used } from './simulated-node.ts'
import { useStore } from './store-fixture.ts'

const at = useStore()

/** When the load steps from 100m to 900m. */
const STEP_MS = 40_000
const story = (source: NodeStory['source']): NodeStory => ({
  source,
  load: [
    { fromMs: -8_000_000, value: 0.1 },
    { fromMs: STEP_MS, value: 0.9 },
  ],
  restartsMs: [],
  ahead: [{ fromMs: -8_000_000, value: 0 }],
  keptMs: 0,
  looksMs: [0, 12_300, 23_400, 36_900, 51_200, 62_600, 76_100],
})

const BEGAN_MS = Date.UTC(2026, 0, 1, 12)

/** The true mean over what a value says that it is about, millicores. */
function truth(told: NodeStory, { timestampMs, windowMs }: { timestampMs: number; windowMs: number }): number {
  const to = timestampMs - BEGAN_MS
  return used(told, to - windowMs, to) / windowMs / 1000
}

describe.each(['summary', 'resource'] as const)('a load that steps from 100m to 900m, told by the %s', (source) => {
  /** Asks every 15 s, from some phase on; gives what is served of container and node each time. */
  async function play(phaseMs: number) {
    const told = story(source)
    const values: { container: [number, number]; node: [number, number, number] }[] = []
    for (let sentMs = phaseMs; sentMs < 80_000; sentMs += 15_000) {
      await at.clock.advance(sentMs + 5000 - at.clock.monotonicMs())
      at.store.put('node-1', answer(told, { sentMs, tookMs: 0, taken: 0 }))
      const web = at.served()
      const node = at.store.node('node-1')
      if (web === undefined || node === undefined) continue
      const cores = (web.containers[0]?.usage.cpuNanocores ?? 0) / 1e6
      values.push({
        container: [cores, truth(told, web)],
        node: [node.usage.cpuNanocores / 1e6, truth(told, node), node.windowMs],
      })
    }
    return values
  }

  it.each([
    200, 3700, 7950, 12_300,
  ])('is right for the window of each value of a container (phase %d ms)', async (phase) => {
    const values = await play(phase)
    expect(values.length).toBeGreaterThanOrEqual(4)
    for (const { container } of values) expect(container[0]).toBeCloseTo(container[1], 1)
    // One of them has the step within its window.
    expect(values.some(({ container }) => container[0] > 101 && container[0] < 899)).toBe(true)
  })

  it.each([
    200, 3700, 7950, 12_300,
  ])('is right for the window of each value of the node (phase %d ms)', async (phase) => {
    for (const { node } of (await play(phase)).slice(1)) {
      const [served, true_, windowMs] = node
      // The Summary cuts a node's times to seconds: one second of the step at either end.
      const bound = source === 'resource' ? 0.1 : (2 * 800 * 1000) / windowMs
      expect(Math.abs(served - true_)).toBeLessThanOrEqual(bound)
    }
  })
})
