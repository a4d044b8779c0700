import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeletManner, Oddity } from '../../sim/kubelet/oddities.ts'
import * as odd from '../../sim/kubelet/oddities.ts'
import { LyingNode, RESOLUTION_MS } from './lying-node.ts'

/** The longest that a request takes: half of it is how far the middle may be off. */
const LONGEST_MS = 80
/** The Summary cuts the times of nodes, and of what a runtime sampled, to whole seconds. */
const CUT_MS = 1000
/** What a runtime sampled so shortly before the answer cannot be told from what was sampled for it. */
const KEPT_MS = 1500
const GOOD_AT_END = 5

type Format = 'summary' | 'resource'

interface Round {
  readonly gapMs: number
  readonly tookMs: number
  /** What happens in this round, by its place among the choices; none for good answers. */
  readonly event: number | undefined
}

/** Good answers, and between them single ones with an event. */
const roundsOf = (events: number): fc.Arbitrary<Round[]> => {
  const round = (event: fc.Arbitrary<number | undefined>) =>
    fc.record({
      gapMs: fc.oneof(
        { weight: 3, arbitrary: fc.constant(RESOLUTION_MS) },
        { weight: 2, arbitrary: fc.integer({ min: 9000, max: 22_000 }) },
        // Another scrape soon after one, for the sake of a new pod.
        { weight: 1, arbitrary: fc.integer({ min: 1500, max: 9000 }) },
      ),
      tookMs: fc.integer({ min: 2, max: LONGEST_MS }),
      event,
    })
  const good = round(fc.constant(undefined))
  const block = fc
    .tuple(round(fc.nat({ max: events - 1 })), fc.array(good, { minLength: 1, maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest])
  const blocks = fc.array(block, { minLength: 1, maxLength: 4 }).map((list) => list.flat())
  return fc
    .tuple(
      fc.array(good, { minLength: 1, maxLength: 3 }),
      blocks,
      fc.array(good, { minLength: GOOD_AT_END, maxLength: GOOD_AT_END }),
    )
    .map((parts) => parts.flat())
}

interface Event {
  readonly oddity?: Oddity
  /** Containers of the first pod start anew: all of them, or the first. */
  readonly restart?: 'all' | 'one'
}

async function play(format: Format, manner: KubeletManner, events: readonly Event[], rounds: readonly Round[]) {
  const node = new LyingNode(format, manner)
  const byRuntime = manner.sampling?.containers === 'by-runtime'
  const tolerance = { containerMs: LONGEST_MS + (byRuntime ? KEPT_MS : 0), nodeMs: LONGEST_MS + CUT_MS }
  // Once: a young container's counter may have passed that of the one before it, and then nobody can tell.
  let restarted = false
  for (const [i, { gapMs, tookMs, event }] of rounds.entries()) {
    const happens = event === undefined ? undefined : events[event]
    const [web] = node.pods
    await node.clock.advance(gapMs / 4)
    if (happens?.restart && web !== undefined && !restarted) {
      node.restart(web, happens.restart)
      restarted = true
    }
    await node.clock.advance((3 * gapMs) / 4)
    await node.ask(tookMs, { oddity: happens?.oddity, isExtra: gapMs < RESOLUTION_MS / 2 })
    expect(node.wrong(tolerance), `after answer ${i}`).toEqual([])
    expect(node.lost(), `lost with answer ${i}`).toEqual([])
  }
  expect(node.missing()).toEqual([])
}

const holds = (
  format: Format,
  manner: KubeletManner,
  events: readonly Event[],
  parameters: { readonly numRuns: number; readonly seed?: number },
) =>
  fc.assert(
    fc.asyncProperty(roundsOf(events.length), (rounds) => play(format, manner, events, rounds)),
    parameters,
  )

const RUNS = 30
const BOTH: readonly Format[] = ['summary', 'resource']

const ONCE: readonly [string, Oddity][] = [
  ['a counter of 0', odd.ofAll(odd.counterZero)],
  ['a counter that is small', odd.ofAll(odd.counterSmall)],
  ['a counter near 2^64', odd.ofAll(odd.counterJump)],
  ['a counter of 0 of the containers alone', odd.ofContainers(odd.counterZero)],
  ['memory beyond the machine', odd.ofAll(odd.memoryBeyondMachine)],
  ['a rate beyond the machine', odd.ofAll(odd.rateAbsurd)],
  ['a rate of 0', odd.ofAll(odd.rateZero)],
  ['starts 12 s ago', odd.ofContainers(odd.startedJustNow(12_000))],
  ['starts 2 s ago', odd.ofContainers(odd.startedJustNow(2000))],
  ['times of 1970', odd.ofContainers(odd.timeOf1970)],
  ['no pods', odd.noPods],
  ['twins, the old first', odd.twins('old-first')],
  ['twins, the new first', odd.twins('new-first')],
  ['containers twice, the old first', odd.containersTwice('old-first')],
  ['containers twice, the new first', odd.containersTwice('new-first')],
  ['an unnamed total', odd.unnamedTotal],
]

const ALWAYS: readonly [string, KubeletManner][] = [
  ['starts that jitter', { oddity: odd.ofContainers(odd.startJitters(600)) }],
  ['starts that are 12 s ago in every answer', { oddity: odd.ofContainers(odd.startedJustNow(12_000)) }],
  [
    'such starts and no rates',
    { oddity: odd.together(odd.ofContainers(odd.startedJustNow(20_000)), odd.ofAll(odd.rateZero)) },
  ],
  ['rates beyond the machine', { oddity: odd.ofAll(odd.rateAbsurd) }],
  ['rates that are always 0', { oddity: odd.ofAll(odd.rateZero) }],
  ['times of 1970', { oddity: odd.ofContainers(odd.timeOf1970) }],
  ['twins, the old first', { oddity: odd.twins('old-first') }],
  ['containers twice, the old first', { oddity: odd.containersTwice('old-first') }],
  ['an unnamed total', { oddity: odd.unnamedTotal }],
  ['values that the runtime took', odd.KEEPING_RUNTIME],
]

const test = (name: string, run: () => Promise<void>) => it(name, { timeout: 30_000 }, run)

describe.each(BOTH)('told by the %s, what is served is right or absent, and comes back', (format) => {
  for (const [name, oddity] of ONCE) test(`once: ${name}`, () => holds(format, {}, [{ oddity }], { numRuns: RUNS }))
  for (const [name, manner] of ALWAYS) test(`always: ${name}`, () => holds(format, manner, [{}], { numRuns: RUNS }))

  test('while all containers of a pod start anew', () => holds(format, {}, [{ restart: 'all' }], { numRuns: RUNS }))

  test('while one of two containers starts anew', () => holds(format, {}, [{ restart: 'one' }], { numRuns: RUNS }))

  test('whatever comes of all this in any order', () => {
    const events: readonly Event[] = [...ONCE.map(([, oddity]) => ({ oddity })), { restart: 'all' }, { restart: 'one' }]
    // The same sequences each time: a restart and a glitch in the same answer, say, cannot be told from one another, and one
    // of some thousand sequences has such a pair.
    return holds(format, {}, events, { numRuns: 4 * RUNS, seed: 11 })
  })
})
