import { describe, expect, it } from 'vitest'
import type { Random } from '../../sim/world/random.ts'
import { startGo, startOurs } from './servers.ts'
import { type Circumstances, runTrials } from './trial.ts'

const TRIALS = 300
/** One more of so many is chance. */
const CHANCE = 2 / TRIALS
/** The controller looks every 15 s, and the medians of so many trials differ by a third of that by chance. */
const CHANCE_MS = 5000

const pick = <T>(random: Random, ...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

/** Everything that may differ from cluster to cluster and from pod to pod; all times, phases and nodes are drawn in the trial. */
const drawFor =
  (fixed: Pick<Circumstances, 'resolutionMs' | 'isLargeCluster'> & { nodes: readonly number[] }) =>
  (random: Random): Circumstances => ({
    ...fixed,
    nodes: pick(random, ...fixed.nodes),
    rateIsTold: pick(random, true, false),
    slowMs: 20,
    readyAfterMs: pick(random, [0, 900] as const, [200, 3000] as const),
    burn: { millicores: pick(random, 0, 500), lastsMs: 2000 },
    pulse: { depth: pick(random, 0, 0.3, 0.6), periodMs: 4300 },
  })

describe('two pods whose load triples at once, so that six are right', () => {
  it.each([
    ['a cluster of one node, every 15 s', { resolutionMs: 15_000, isLargeCluster: false, nodes: [1] }],
    ['a cluster of a few nodes, every 15 s', { resolutionMs: 15_000, isLargeCluster: false, nodes: [2, 4, 8] }],
    ['a cluster of a few nodes, every minute', { resolutionMs: 60_000, isLargeCluster: false, nodes: [1, 4, 8] }],
    ['a cluster of hundreds of nodes, every 15 s', { resolutionMs: 15_000, isLargeCluster: true, nodes: [4, 12] }],
    ['a cluster of hundreds of nodes, every minute', { resolutionMs: 60_000, isLargeCluster: true, nodes: [4, 12] }],
  ])('get no more than with the Go server, and no later: %s', { timeout: 60_000 }, async (_, fixed) => {
    const ours = await runTrials(TRIALS, drawFor(fixed), startOurs)
    const go = await runTrials(TRIALS, drawFor(fixed), startGo)
    expect(ours.overshoots).toBeLessThanOrEqual(go.overshoots + CHANCE)
    expect(ours.medianMs).toBeLessThanOrEqual(go.medianMs + CHANCE_MS)
  })

  it('get too many now and then with the Go server, too: that is the measure', async () => {
    const draw = drawFor({ resolutionMs: 15_000, isLargeCluster: false, nodes: [1, 4] })
    const { overshoots, medianMs } = await runTrials(TRIALS, draw, startGo)
    expect(overshoots).toBeGreaterThan(0)
    expect(overshoots).toBeLessThan(0.035)
    expect(medianMs).toBeLessThan(60_000)
  })
})
