import { describe, expect, it } from 'vitest'
import { SharedTimers } from '../../src/scrape/schedule.ts'
import { createManualClock } from '../support/manual-clock.ts'

function create() {
  const clock = createManualClock()
  let timers = 0
  const counted = {
    ...clock,
    after(delayMs: number, run: () => void) {
      timers++
      return clock.after(delayMs, run)
    },
  }
  return { clock, timers: new SharedTimers(counted), count: () => timers }
}

describe('shared timers', () => {
  it('call what is due at one time in order, from one timer', async () => {
    const { clock, timers, count } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 100
    for (const name of ['a', 'b', 'c']) timers.at(dueMs, () => called.push(name))
    await clock.advance(99)
    expect(called).toEqual([])
    await clock.advance(1)
    expect(called).toEqual(['a', 'b', 'c'])
    expect(count()).toBe(1)
  })

  it('do not call what was cancelled, not even by one that is due at the same time', async () => {
    const { clock, timers } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 100
    const first = timers.at(dueMs, () => called.push('cancelled early'))
    timers.at(dueMs, () => last.cancel())
    const last = timers.at(dueMs, () => called.push('cancelled late'))
    first.cancel()
    await clock.advance(100)
    expect(called).toEqual([])
  })

  it('call one function as often as it was added, and immediately when its time is past', async () => {
    const { clock, timers } = create()
    let calls = 0
    const call = () => void calls++
    timers.at(clock.monotonicMs() - 5, call)
    timers.at(clock.monotonicMs() - 5, call)
    await clock.advance(0)
    expect(calls).toBe(2)
  })

  it('accept what is added for a time while that time is running', async () => {
    const { clock, timers } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 10
    timers.at(dueMs, () => {
      called.push('first')
      timers.at(dueMs, () => called.push('second'))
    })
    await clock.advance(10)
    expect(called).toEqual(['first', 'second'])
  })
})
