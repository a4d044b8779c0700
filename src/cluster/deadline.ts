import { unlessAborted } from '../model/abort.ts'
import type { Clock, Timer } from '../model/clock.ts'

/** The time was up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/** A signal that aborts when the time is up, or with the caller's own signal. `clear` must be called at the end. */
interface Deadline {
  readonly signal: AbortSignal
  /** Starts the time limit over, after a sign of life. */
  restart(): void
  /** Ends the time limit; the caller's signal still counts. */
  lift(): void
  clear(): void
}

interface DeadlineOptions {
  readonly clock: Clock
  /** `undefined`: no limit but the caller's. */
  readonly timeoutMs: number | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * Combines a time limit and a signal. By hand, since signals made by AbortSignal.any stay registered with a source that
 * lives as long as this process.
 */
export function startDeadline({ clock, timeoutMs, signal }: DeadlineOptions): Deadline {
  const controller = new AbortController()
  const follow = () => controller.abort(signal?.reason)
  let endMs = Number.POSITIVE_INFINITY
  let timer: Timer | undefined
  const restart = (): void => {
    if (timeoutMs !== undefined) endMs = clock.monotonicMs() + timeoutMs
  }
  // One timer that is set again at its end, because there may be thousands of signs of life.
  const look = (): void => {
    const leftMs = endMs - clock.monotonicMs()
    if (leftMs > 0) timer = clock.after(leftMs, look)
    else controller.abort(new DeadlineExceeded(`no answer within ${(timeoutMs ?? 0) / 1000} s`))
  }
  restart()
  if (timeoutMs !== undefined) timer = clock.after(timeoutMs, look)
  if (signal?.aborted) follow()
  else signal?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    restart,
    lift: () => timer?.cancel(),
    clear() {
      timer?.cancel()
      signal?.removeEventListener('abort', follow)
    },
  }
}

/** Waits; rejects with the signal's reason when that aborts first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  let cancel = () => {}
  const slept = new Promise<void>((resolve) => {
    const timer = clock.after(ms, resolve)
    cancel = () => timer.cancel()
  })
  return unlessAborted(slept, signal).finally(cancel)
}
