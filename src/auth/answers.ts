import { LRUCache } from 'lru-cache'
import type { Clock } from '../model/clock.ts'

/** A review that did not come back in time. */
export class ReviewTimeoutError extends Error {
  override readonly name = 'ReviewTimeoutError'
}

export interface AnswersOptions<Answer> {
  readonly clock: Clock
  /** How many answers are kept, the least recently used going first. */
  readonly max: number
  /** How long this answer is kept, milliseconds; 0 or less: not at all. */
  ttlMs(answer: Answer): number
  /** How long a review may take, milliseconds. */
  readonly deadlineMs: number
}

/** Answers to questions that cost a request, kept for a while. */
export interface Answers<Answer> {
  /**
   * The answer that is kept under `key`, or `review`'s. Who asks while a review of the same key is under way gets its
   * answer. A rejection goes to all who wait and is not kept.
   * @param keep false: the answer is not kept, whatever its time.
   */
  ask(key: string, keep: boolean, review: () => Promise<Answer>): Promise<Answer>
}

interface Kept<Answer> {
  readonly answer: Answer
  /** On the monotonic clock: a wall clock that jumps back must not lengthen a permission. */
  readonly untilMs: number
}

export function createAnswers<Answer>(options: AnswersOptions<Answer>): Answers<Answer> {
  const { clock, deadlineMs } = options
  const kept = new LRUCache<string, Kept<Answer>>({ max: options.max })
  const underWay = new Map<string, Promise<Answer>>()

  const inTime = (review: () => Promise<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const timer = clock.after(deadlineMs, () => {
        reject(new ReviewTimeoutError(`no answer to a review within ${deadlineMs} ms`))
      })
      // Called within a promise, so that a review that throws at once rejects as well.
      Promise.resolve()
        .then(review)
        .then(resolve, reject)
        .finally(() => timer.cancel())
    })

  const start = async (key: string, keep: boolean, review: () => Promise<Answer>): Promise<Answer> => {
    try {
      const answer = await inTime(review)
      const ttlMs = options.ttlMs(answer)
      if (keep && ttlMs > 0) kept.set(key, { answer, untilMs: clock.monotonicMs() + ttlMs })
      return answer
    } finally {
      underWay.delete(key)
    }
  }

  return {
    async ask(key, keep, review) {
      const found = kept.get(key)
      if (found !== undefined) {
        if (clock.monotonicMs() < found.untilMs) return found.answer
        kept.delete(key)
      }
      const pending = underWay.get(key)
      if (pending !== undefined) return pending
      const started = start(key, keep, review)
      underWay.set(key, started)
      return started
    },
  }
}
