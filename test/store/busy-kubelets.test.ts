import { describe, expect, it } from 'vitest'
import { createRandom } from '../../sim/world/random.ts'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { BusyKubelet, type BusyOptions, momentOf } from './busy-kubelet.ts'

const RESOLUTION_MS = 15_000
const SEEDS = 40
const ROUNDS = 20
/** The first values are the kubelet's own, over a window that nobody tells. */
const WARM_MS = 2.5 * RESOLUTION_MS
/** The API cuts timestamps to whole seconds, as the Summary does: of a load that changes, the time meant may be that far off. */
const MEANT_MS = Array.from({ length: 41 }, (_, i) => (i - 20) * 50)

const FAST = { p50: 0.0002, p99: 0.001 }
const CUT = { p50: 0.035, p99: 0.13 }

interface Errors {
  /** Shares of the truth over exactly the window that is served. */
  readonly p50: number
  readonly p99: number
  /** How many different values were judged, of as many as there could be. */
  readonly share: number
}

/** Asks nodes like this one for five minutes each, and holds what is served of their containers against the truth. */
async function judge(options: BusyOptions): Promise<Errors> {
  const errors: number[] = []
  for (let seed = 1; seed <= SEEDS; seed++) errors.push(...(await errorsOf(options, seed)))
  const sorted = errors.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), share: errors.length / (SEEDS * ROUNDS * 4) }
}

function expectWithin({ p50, p99, share }: Errors, bound: { p50: number; p99: number }): void {
  expect(share).toBeGreaterThan(0.95)
  expect(p50, `p50, with p99 ${p99}`).toBeLessThanOrEqual(bound.p50)
  expect(p99, 'p99').toBeLessThanOrEqual(bound.p99)
}

async function errorsOf(options: BusyOptions, seed: number): Promise<number[]> {
  const random = createRandom(seed)
  const kubelet = new BusyKubelet(options, random, (ROUNDS + 4) * RESOLUTION_MS)
  const clock = createManualClock({ wallMs: Date.UTC(2026, 0, 1, 12), monotonicMs: 0 })
  const store = new Store({ clock, resolutionMs: RESOLUTION_MS, retentionMs: 3 * RESOLUTION_MS })
  const phaseMs = random() * RESOLUTION_MS
  const errors: number[] = []
  const last = new Map<string, number>()
  for (let round = 0; round < ROUNDS + 3; round++) {
    const ask = kubelet.ask(phaseMs + round * RESOLUTION_MS)
    await clock.advance(ask.answeredMs - clock.monotonicMs())
    store.put('n', kubelet.answer(ask))
    if (ask.sentMs - phaseMs < WARM_MS) continue
    for (const name of kubelet.names) {
      const usage = store.pod({ namespace: 'default', name, uid: 'u', labels: NO_LABELS })
      if (usage === undefined || last.get(name) === usage.timestampMs) continue
      last.set(name, usage.timestampMs)
      const to = momentOf(usage.timestampMs)
      const nanocores = usage.containers[0]?.usage.cpuNanocores ?? 0
      const off = (ms: number): number => {
        const truth = kubelet.truth(name, to + ms - usage.windowMs, to + ms)
        return Math.abs(nanocores - truth) / truth
      }
      errors.push(options.load === 'steady' ? off(0) : Math.min(...MEANT_MS.map(off)))
    }
  }
  return errors
}

const SLOW_MS = 2000
const FAST_MS = 5

describe('CPU of containers, asked for every 15 s and held against the truth over exactly the window that is served', () => {
  it.each<[string, BusyOptions, { p50: number; p99: number }]>([
    ['quick kubelets', { sampled: 'when-asked', rate: 'told', load: 'steady', slowMs: FAST_MS }, FAST],
    [
      'quick kubelets, load that changes',
      { sampled: 'when-asked', rate: 'told', load: 'changing', slowMs: FAST_MS },
      FAST,
    ],
    [
      'quick kubelets that tell no rate',
      { sampled: 'when-asked', rate: 'unknown', load: 'steady', slowMs: FAST_MS },
      FAST,
    ],
    // A second at either end is open, and nothing else is told.
    [
      'slow kubelets that tell no rate',
      { sampled: 'when-asked', rate: 'unknown', load: 'steady', slowMs: SLOW_MS },
      CUT,
    ],
    [
      'a runtime’s values without a rate',
      { sampled: 'by-runtime', rate: 'unknown', load: 'steady', slowMs: SLOW_MS },
      CUT,
    ],
  ])('%s are as right as before', async (_, options, bound) => {
    expectWithin(await judge(options), bound)
  })

  it.each<[string, BusyOptions]>([
    [
      'kubelets that take up to 2 s before and after sampling',
      { sampled: 'when-asked', rate: 'told', load: 'steady', slowMs: SLOW_MS },
    ],
    [
      'such kubelets with a load that changes',
      { sampled: 'when-asked', rate: 'told', load: 'changing', slowMs: SLOW_MS },
    ],
    [
      'quick kubelets with values that the runtime took earlier',
      { sampled: 'by-runtime', rate: 'told', load: 'steady', slowMs: FAST_MS },
    ],
    [
      'slow kubelets with values that the runtime took earlier',
      { sampled: 'by-runtime', rate: 'told', load: 'steady', slowMs: SLOW_MS },
    ],
  ])('%s are right to three in a thousand, and all but one in a hundred to one in a hundred', async (_, options) => {
    expectWithin(await judge(options), { p50: 0.003, p99: 0.01 })
  })
})
