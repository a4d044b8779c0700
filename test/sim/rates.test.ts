import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as rates from '../../sim/world/rates.ts'
import { IDLE, type Rate, steady, stepping } from '../../sim/world/rates.ts'

const STEP_MS = 10
/** The integral of a rate by summing thin slices, nanoseconds. */
function summed(rate: Rate, untilMs: number): number {
  let sum = 0
  for (let at = 0; at < untilMs; at += STEP_MS) sum += (rate.at(at + STEP_MS / 2) * STEP_MS) / 1000
  return sum
}

describe('what a container burns', () => {
  it.each([
    ['steadily', steady(250_000_000)],
    ['in steps', stepping([100_000_000, 900_000_000, 0], 5000)],
    ['not at all', IDLE],
  ])('%s is the integral of its rate', (_, rate) => {
    for (const ageMs of [0, 1000, 5000, 12_340, 60_000]) {
      expect(Math.abs(rate.burned(ageMs) - summed(rate, ageMs))).toBeLessThanOrEqual(1e6)
    }
  })

  it('never becomes less', () => {
    const known = Object.values(rates).filter((made) => typeof made === 'object') as Rate[]
    const ages = fc.tuple(fc.nat({ max: 1e7 }), fc.nat({ max: 1e6 }))
    fc.assert(
      fc.property(ages, ([ageMs, moreMs]) => {
        for (const rate of [...known, stepping([1e8, 0, 5e8], 700)]) {
          expect(rate.burned(ageMs + moreMs)).toBeGreaterThanOrEqual(rate.burned(ageMs))
        }
      }),
    )
  })
})
