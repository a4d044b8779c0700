import { expect, it } from 'vitest'
import { createBackoff } from '../../../src/cluster/informer/list-watch.ts'
import { createManualClock } from '../../support/manual-clock.ts'

it.each([
  ['shortest', 0, [800, 1600, 3200, 6400, 12800, 15000, 15000]],
  ['longest', 0.999999999, [1600, 3200, 6400, 12800, 25600, 30000, 30000]],
])('waits double, the %s time', (_name, draw, expected) => {
  const backoff = createBackoff(createManualClock(), () => draw)
  expect(expected.map(() => Math.round(backoff.next()))).toEqual(expected)
})

it('begins anew two minutes after the last wait', async () => {
  const clock = createManualClock()
  const backoff = createBackoff(clock, () => 0)
  expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([800, 1600, 3200])
  await clock.advance(123_000)
  expect(backoff.next()).toBe(6400)
  await clock.advance(126_401)
  expect(backoff.next()).toBe(800)
})
