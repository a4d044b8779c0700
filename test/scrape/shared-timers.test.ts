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
  return { clock, timetable: new SharedTimers(counted), timers: () => timers }
}

describe('the timetable', () => {
  it('calls what is due at one moment in its order, from one timer', async () => {
    const { clock, timetable, timers } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 100
    for (const name of ['a', 'b', 'c']) timetable.at(dueMs, () => called.push(name))
    await clock.advance(99)
    expect(called).toEqual([])
    await clock.advance(1)
    expect(called).toEqual(['a', 'b', 'c'])
    expect(timers()).toBe(1)
  })

  it('does not call what was cancelled, not even by one that is due at the same moment', async () => {
    const { clock, timetable } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 100
    const first = timetable.at(dueMs, () => called.push('cancelled early'))
    timetable.at(dueMs, () => last.cancel())
    const last = timetable.at(dueMs, () => called.push('cancelled late'))
    first.cancel()
    await clock.advance(100)
    expect(called).toEqual([])
  })

  it('calls one function as often as it was put down, and at once when its moment is past', async () => {
    const { clock, timetable } = create()
    let calls = 0
    const call = () => void calls++
    timetable.at(clock.monotonicMs() - 5, call)
    timetable.at(clock.monotonicMs() - 5, call)
    await clock.advance(0)
    expect(calls).toBe(2)
  })

  it('takes what is put down for a moment while that moment is running', async () => {
    const { clock, timetable } = create()
    const called: string[] = []
    const dueMs = clock.monotonicMs() + 10
    timetable.at(dueMs, () => {
      called.push('first')
      timetable.at(dueMs, () => called.push('second'))
    })
    await clock.advance(10)
    expect(called).toEqual(['first', 'second'])
  })
})
