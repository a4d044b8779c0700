import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burnedByAllRuns, type Lifeline, nextTurn, restartsBy, runAt } from '../../sim/world/life.ts'

const line = (life: Lifeline['life'], births: number[] = [1000], endMs?: number): Lifeline => ({ life, births, endMs })
const LOOP = line({ kind: 'loop', upMs: 50, downMs: 20 })

describe('the life of a container', () => {
  it.each([
    ['before its birth', line({ kind: 'forever' }), 999, undefined],
    ['from its birth on', line({ kind: 'forever' }), 1000, [1000, 0]],
    ['after a restart ordered from outside', line({ kind: 'forever' }, [1000, 1500]), 1500, [1500, 1]],
    ['after its end', line({ kind: 'forever' }, [1000], 1200), 1200, undefined],
    ['in its only run', line({ kind: 'once', upMs: 100 }), 1099, [1000, 0]],
    ['finished', line({ kind: 'once', upMs: 100 }), 1100, undefined],
    ['in the first run of a loop', LOOP, 1049, [1000, 0]],
    ['between runs', LOOP, 1050, undefined],
    ['in the third run of a loop', LOOP, 1140, [1140, 2]],
  ] as const)('%s', (_, lifeline, timeMs, expected) => {
    const run = runAt(lifeline, timeMs)
    expect(run && [run.startMs, run.restarts]).toEqual(expected)
  })

  it('counts restarts while it is between runs, too', () => {
    expect([1000, 1060, 1071, 1141].map((timeMs) => restartsBy(LOOP, timeMs))).toEqual([0, 0, 1, 2])
  })

  it('reports the moments at which it starts and stops', () => {
    expect([1000, 1050, 1070, 1119].map((timeMs) => nextTurn(LOOP, timeMs))).toEqual([1050, 1070, 1120, 1120])
  })

  it('burns in all runs what it burns in each of them', () => {
    const burned = (ageMs: number) => ageMs * 3
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 3000 }), (timeMs) => {
        let summed = 0
        for (let at = 1000; at < timeMs; at++) if (runAt(LOOP, at) !== undefined) summed += 3
        expect(burnedByAllRuns(LOOP, timeMs, burned)).toBe(summed)
      }),
    )
  })
})
