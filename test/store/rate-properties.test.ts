import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import { Store } from '../../src/store/store.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { type Ask, answer, type From, momentOf, type NodeStory, used } from './simulated-node.ts'

const RESOLUTION_MS = 15_000
const END_MS = 150_000
/** Lengths of requests: half of one is how far the middle may lie from the moment of the values. */
const LONGEST_REQUEST_MS = 900

/** How finely shifts are tried. */
const STEP_MS = 20

interface Claim {
  readonly nanocores: number
  readonly timestampMs: number
  readonly windowMs: number
}

/** How far each end of the window may be off for itself, and both together, milliseconds. */
interface Bound {
  readonly endMs: number
  readonly shiftMs: number
}

/** Whether a claim is true of the time that it says, within the bound. */
function isTrue(story: NodeStory, sinceMs: number, { nanocores, timestampMs, windowMs }: Claim, bound: Bound): boolean {
  const total = (ms: number) => (ms <= sinceMs ? 0 : used(story, sinceMs, ms))
  const claimed = (nanocores * windowMs) / 1000
  for (let shift = -bound.shiftMs; shift <= bound.shiftMs; shift += STEP_MS) {
    const to = momentOf(timestampMs) + shift
    const from = to - windowMs
    const endMs = bound.endMs + STEP_MS / 2
    const least = total(to - endMs) - total(from + endMs)
    const most = total(to + endMs) - total(from - endMs)
    // A nanocore of rounding and a millisecond of the window's.
    const slack = windowMs / 1000 + nanocores / 1000 + 1
    if (claimed >= least - slack && claimed <= most + slack) return true
  }
  return false
}

const steps = <T>(values: fc.Arbitrary<T>, most: number): fc.Arbitrary<From<T>[]> =>
  fc
    .tuple(
      values,
      fc.array(fc.record({ fromMs: fc.integer({ min: 0, max: END_MS }), value: values }), { maxLength: most }),
    )
    .map(([first, rest]) => [{ fromMs: -8_000_000, value: first }, ...rest.toSorted((a, b) => a.fromMs - b.fromMs)])

const cores = fc.oneof(fc.constantFrom(0, 0.1, 0.9), fc.double({ min: 0, max: 64, noNaN: true }))
/** Clocks off by seconds or minutes, jumping further than a runtime keeps its values: the two could not be told apart. */
const ahead = fc.constantFrom(0, 20_000, -20_000, 60_000, -120_000, 300_000)

const asks: fc.Arbitrary<Ask[]> = fc
  .array(
    fc.record({
      gapMs: fc.integer({ min: 1000, max: 40_000 }),
      tookMs: fc.integer({ min: 0, max: LONGEST_REQUEST_MS }),
      taken: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 2, maxLength: 12 },
  )
  .map((list) => {
    let sentMs = 0
    return list.map(({ gapMs, tookMs, taken }) => {
      sentMs += gapMs + tookMs
      return { sentMs, tookMs, taken }
    })
  })

const looksMs = fc.array(fc.integer({ min: 10_000, max: 20_000 }), { minLength: 60, maxLength: 60 }).map((gaps) => {
  let look = -60_000
  return gaps.map((gap) => (look += gap))
})

const stories = fc.record({
  source: fc.constantFrom('summary' as const, 'resource' as const),
  load: steps(cores, 6),
  restartsMs: fc
    // Three in a row, each with more CPU than the one before, cannot be told from a start that moves by itself.
    .array(fc.integer({ min: -30_000, max: END_MS }), { maxLength: 2 })
    .map((l) => l.toSorted((a, b) => a - b)),
  ahead: fc.oneof(fc.constant([{ fromMs: -8_000_000, value: 0 }]), steps(ahead, 1)),
  keptMs: fc.constantFrom(0, 0, 4000, 12_000),
  looksMs,
})

/** What the clock of a node may be off without our noticing, and what its whole seconds leave open. */
const CLOCK_MS = 600

const boundOfContainer = ({ source, ahead, keptMs }: NodeStory): Bound => {
  const clockMs = ahead.length === 1 && ahead[0]?.value === 0 ? 0 : CLOCK_MS
  if (source === 'resource') return { endMs: 1, shiftMs: clockMs }
  // The middle of what two requests and two whole seconds allow may lie off the middle of the requests.
  return keptMs === 0 ? { endMs: LONGEST_REQUEST_MS, shiftMs: 0 } : { endMs: 1001, shiftMs: 1000 + clockMs }
}

const boundOfNode = ({ source }: NodeStory): Bound =>
  source === 'resource' ? { endMs: 1, shiftMs: CLOCK_MS } : { endMs: 1001, shiftMs: 1000 + CLOCK_MS }

const record = { namespace: 'default', name: 'web', uid: 'u', labels: NO_LABELS }

/** A jump before the first answer is one that nobody can see: it comes right after it. */
function withJumpsSeen(ahead: readonly From<number>[], first: Ask | undefined): From<number>[] {
  const earliest = first === undefined ? 0 : first.sentMs + first.tookMs + 1
  return ahead.map(({ fromMs, value }, i) => ({ fromMs: i === 0 ? fromMs : Math.max(fromMs, earliest), value }))
}

/** Plays a story; hands over whatever is served after each answer. */
async function play(story: NodeStory, list: readonly Ask[], check: (served: Store, ask: Ask) => void): Promise<void> {
  const clock = createManualClock({ wallMs: 0, monotonicMs: 0 })
  const store = new Store({ clock, resolutionMs: RESOLUTION_MS, retentionMs: 3 * RESOLUTION_MS })
  const seen = { ...story, ahead: withJumpsSeen(story.ahead, list[0]) }
  for (const ask of list) {
    await clock.advance(ask.sentMs + ask.tookMs - clock.monotonicMs())
    store.put('n', answer(seen, ask))
    check(store, ask)
  }
}

describe('whatever the loads, the times of asking, the clocks and the restarts', () => {
  it('a container is served with the rate of the time that it says, or not at all', async () => {
    let judged = 0
    await fc.assert(
      fc.asyncProperty(stories, asks, async (story, list) => {
        await play(story, list, (store) => {
          const usage = store.pod(record)
          if (usage === undefined) return
          const { timestampMs, windowMs, containers } = usage
          const claim = { nanocores: containers[0]?.usage.cpuNanocores ?? -1, timestampMs, windowMs }
          const bound = boundOfContainer(story)
          // The start of a young container is cut to the second too.
          const endMs = windowMs < RESOLUTION_MS && story.source === 'summary' ? bound.endMs + 1001 : bound.endMs
          const runs = [-7_200_000, ...story.restartsMs]
          judged++
          const told = runs.some((sinceMs) => isTrue(story, sinceMs, claim, { ...bound, endMs }))
          expect(told, JSON.stringify({ ...claim, at: momentOf(timestampMs) })).toBe(true)
        })
      }),
      { numRuns: 400 },
    )
    expect(judged).toBeGreaterThan(400)
  })

  it('a node is served with the rate of the time that it says, or with its kubelet’s at first', async () => {
    let judged = 0
    await fc.assert(
      fc.asyncProperty(stories, asks, async (story, list) => {
        await play(story, list, (store) => {
          const usage = store.node('n')
          if (usage === undefined) return
          const { timestampMs, windowMs } = usage
          const claim = { nanocores: usage.usage.cpuNanocores, timestampMs, windowMs }
          const owns = story.looksMs.map((ms, i) => {
            const before = story.looksMs[i - 1] ?? ms
            return Math.round((used(story, before, ms) * 1000) / (ms - before))
          })
          if (windowMs === 10_000 && owns.includes(claim.nanocores)) return
          judged++
          const told = isTrue(story, -7_200_000, claim, boundOfNode(story))
          expect(told, JSON.stringify({ ...claim, at: momentOf(timestampMs) })).toBe(true)
        })
      }),
      { numRuns: 400 },
    )
    expect(judged).toBeGreaterThan(400)
  })
})
