import type { Clock } from '../model/clock.ts'

/** The time was up. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded'
}

/** A signal that aborts when the time is up, or with the caller's own signal. `clear` must be called at the end. */
export interface Deadline {
  readonly signal: AbortSignal
  clear(): void
}

export interface DeadlineOptions {
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
  const timer =
    timeoutMs === undefined
      ? undefined
      : clock.after(timeoutMs, () => controller.abort(new DeadlineExceeded(`no answer within ${timeoutMs / 1000} s`)))
  if (signal?.aborted) follow()
  else signal?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    clear() {
      timer?.cancel()
      signal?.removeEventListener('abort', follow)
    },
  }
}

/** Waits for a promise that knows nothing of the signal; rejects with the signal's reason when that is first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined)
    return Promise.reject(signal.reason)
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
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
