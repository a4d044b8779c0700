import { expect } from 'vitest'
import type { ManualClock } from './manual-clock.ts'

/**
 * Turns the clock by a minute at a time until something holds. Between the turns file operations get to their end,
 * which no clock of ours governs.
 */
export async function turnUntil(clock: ManualClock, holds: () => boolean): Promise<void> {
  for (let minute = 0; minute < 200 && !holds(); minute++) {
    await clock.advance(60_000)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(holds()).toBe(true)
}
