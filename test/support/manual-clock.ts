import type { Clock } from '../../src/model/clock.ts'

export interface ManualClock extends Clock {
  /** Moves both clocks on, running what falls due in its order, and lets promises settle after each. */
  advance(ms: number): Promise<void>
  /** Lets the wall clock jump; the monotonic one stays. */
  jumpWall(ms: number): void
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A clock that stands still until it is told to move. */
export function createManualClock(start: { wallMs?: number; monotonicMs?: number } = {}): ManualClock {
  let wall = start.wallMs ?? Date.UTC(2026, 0, 1)
  let monotonic = start.monotonicMs ?? 1000
  let sequence = 0
  const pending = new Map<number, { due: number; run: () => void }>()

  const next = (until: number) =>
    [...pending].filter(([, t]) => t.due <= until).sort(([a, x], [b, y]) => x.due - y.due || a - b)[0]
  const moveTo = (at: number) => {
    wall += at - monotonic
    monotonic = at
  }

  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    jumpWall(ms) {
      wall += ms
    },
    after(delayMs, run) {
      const id = sequence++
      pending.set(id, { due: monotonic + Math.max(0, delayMs), run })
      return { cancel: () => void pending.delete(id) }
    },
    async advance(ms) {
      const until = monotonic + ms
      await settle()
      for (let due = next(until); due !== undefined; due = next(until)) {
        const [id, timer] = due
        pending.delete(id)
        moveTo(Math.max(monotonic, timer.due))
        timer.run()
        await settle()
      }
      moveTo(until)
      await settle()
    },
  }
}
