import { LRUCache } from 'lru-cache'
import { unlessAborted } from '../model/abort.ts'
import type { Clock } from '../model/clock.ts'
import { TooManyReviewsError } from '../model/identity.ts'

interface ReviewQueueOptions {
  /** How many reviews run at once. */
  readonly concurrency: number
  /** How many reviews wait. */
  readonly maxWaiting: number
}

interface Waiting {
  readonly flow: string
  begin(): void
  refuse(error: unknown): void
}

/**
 * Bounds how many reviews run at once and how many wait, and gives each flow its turn, so that a client with many
 * requests delays only itself. Where there is no room, the flow with the most waiting reviews loses one, as in the
 * apiserver's priority and fairness.
 */
export class ReviewQueue {
  readonly #options: ReviewQueueOptions
  /** By flow, in the order of their turns. */
  readonly #flows = new Map<string, Waiting[]>()
  #running = 0
  #waiting = 0

  constructor(options: ReviewQueueOptions) {
    this.#options = options
  }

  /** Whether a review of this flow would be taken now. */
  hasRoom(flow: string): boolean {
    const { concurrency, maxWaiting } = this.#options
    if (this.#running < concurrency || this.#waiting < maxWaiting) return true
    return (this.#longest()?.length ?? 0) > (this.#flows.get(flow)?.length ?? 0) + 1
  }

  /**
   * Runs `review` when it is its turn, and settles as it does.
   * @throws TooManyReviewsError when there is no room, or no longer; the signal's reason when that aborts first.
   */
  async run<T>(flow: string, review: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    if (this.#running < this.#options.concurrency) this.#running++
    else await this.#turn(flow, signal)
    try {
      // A review that heeds no signal must not keep its place.
      return await unlessAborted(review(), signal)
    } finally {
      this.#pass()
    }
  }

  #turn(flow: string, signal: AbortSignal): Promise<void> {
    if (!this.hasRoom(flow)) return Promise.reject(new TooManyReviewsError())
    if (this.#waiting >= this.#options.maxWaiting) this.#longest()?.at(-1)?.refuse(new TooManyReviewsError())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => waiting.refuse(signal.reason)
    const waiting: Waiting = {
      flow,
      begin() {
        signal.removeEventListener('abort', abort)
        resolve()
      },
      refuse: (error) => {
        signal.removeEventListener('abort', abort)
        this.#remove(waiting)
        reject(error)
      },
    }
    signal.addEventListener('abort', abort, { once: true })
    const queue = this.#flows.get(flow)
    if (queue === undefined) this.#flows.set(flow, [waiting])
    else queue.push(waiting)
    this.#waiting++
    return promise
  }

  /** Gives a place on to the next in turn. */
  #pass(): void {
    const [first] = this.#flows
    const next = first?.[1][0]
    if (first === undefined || next === undefined) {
      this.#running--
      return
    }
    const [flow, queue] = first
    this.#remove(next)
    if (queue.length > 0) {
      this.#flows.delete(flow)
      this.#flows.set(flow, queue)
    }
    next.begin()
  }

  #remove(waiting: Waiting): void {
    const queue = this.#flows.get(waiting.flow)
    const index = queue?.indexOf(waiting) ?? -1
    if (queue === undefined || index === -1) return
    queue.splice(index, 1)
    this.#waiting--
    if (queue.length === 0) this.#flows.delete(waiting.flow)
  }

  #longest(): readonly Waiting[] | undefined {
    let longest: readonly Waiting[] | undefined
    for (const queue of this.#flows.values()) if (queue.length > (longest?.length ?? 0)) longest = queue
    return longest
  }
}

/** A review that did not come back in time. */
class ReviewTimeoutError extends Error {
  override readonly name = 'ReviewTimeoutError'
}

/** No caller waits for the review any more. */
export class ReviewAbandonedError extends Error {
  override readonly name = 'ReviewAbandonedError'
}

interface ReviewCacheOptions<Answer> extends ReviewQueueOptions {
  readonly clock: Clock
  /** How many answers are kept, the least recently used going first. */
  readonly max: number
  /** How many bytes they may have, keys included. */
  readonly maxBytes: number
  bytesOf(answer: Answer): number
  /** How long this answer is kept, milliseconds; 0 or less: not at all. */
  ttlMs(answer: Answer): number
  /** How long a review may take, waiting for its turn included, milliseconds. */
  readonly deadlineMs: number
}

interface Review<Answer> {
  /** Reviews of the same key have the same answer. */
  readonly key: string
  /** On whose account it waits: see ReviewQueue. */
  readonly flow: string
  /** False: the answer is not kept, whatever its time. */
  readonly keep: boolean
  run(signal: AbortSignal): Promise<Answer>
  /** Aborts when the caller does not wait any more. */
  readonly gone: AbortSignal | undefined
}

/** Answers to reviews, which cost a request to the apiserver, kept for a while. */
interface ReviewCache<Answer> {
  /**
   * The answer that is kept under the key, or the review's. A caller that comes while a review of the same key is under
   * way gets its answer. A rejection goes to all who wait and is not kept.
   * @throws TooManyReviewsError at once when too many wait, ReviewTimeoutError, ReviewAbandonedError, or what `run`
   *   throws.
   */
  get(review: Review<Answer>): Promise<Answer>
}

/** A review under way, with those who wait for it. */
interface Flight<Answer> {
  readonly review: Review<Answer>
  readonly controller: AbortController
  waiters: number
  running: boolean
}

/** What the cache needs to fetch an answer. */
interface Fetch<Answer> {
  readonly review: Review<Answer>
  begin(): Promise<Answer>
  readonly signal: AbortSignal
}

/**
 * A review that has been sent and that no caller waits for may take this long. Cut off at once, it would cost a
 * connection to the apiserver, and clients that come and go would buy a handshake each.
 */
const ABANDON_MS = 1000
/** A time to live that is over: lru-cache takes 0 for one without end. */
const OVER = -1

const overdue = (ms: number) => new ReviewTimeoutError(`no answer to a review within ${ms} ms`)

export function createReviewCache<Answer extends object>(options: ReviewCacheOptions<Answer>): ReviewCache<Answer> {
  const { clock, max, maxBytes, bytesOf, deadlineMs } = options
  const queue = new ReviewQueue(options)
  const flights = new Map<string, { readonly flight: Flight<Answer>; readonly answer: Promise<Answer> }>()
  const isUnderWay = (flight: Flight<Answer>): boolean => flights.get(flight.review.key)?.flight === flight
  const cache = new LRUCache<string, Answer, Fetch<Answer>>({
    max,
    maxSize: maxBytes,
    sizeCalculation: (answer, key) => key.length + bytesOf(answer),
    ttl: 1,
    ttlResolution: 0,
    // A wall clock that jumps back must not lengthen a permission. It takes 0 for no time at all.
    perf: { now: () => clock.monotonicMs() + 1 },
    // The flight's own signal, not the cache's: Node.js never frees a signal that is tied to another (`{ signal }` of
    // addEventListener), and lru-cache ties each that it is given.
    async fetchMethod(_key, _stale, { options: entry, context: { review, begin, signal } }) {
      const answer = await queue.run(review.flow, begin, signal)
      const ttlMs = review.keep ? options.ttlMs(answer) : 0
      entry.ttl = ttlMs > 0 ? ttlMs : OVER
      return answer
    },
  })

  async function fetched(flight: Flight<Answer>): Promise<Answer> {
    const { review, controller } = flight
    const { signal } = controller
    const timer = clock.after(deadlineMs, () => controller.abort(overdue(deadlineMs)))
    const begin = () => {
      flight.running = true
      return review.run(signal)
    }
    try {
      const answer = await cache.fetch(review.key, { context: { review, begin, signal } })
      if (answer === undefined) throw new ReviewAbandonedError('a review ended without an answer')
      return answer
    } catch (error) {
      // The cache has a reason of its own for what was taken out of it.
      throw signal.aborted ? signal.reason : error
    } finally {
      timer.cancel()
      if (isUnderWay(flight)) flights.delete(review.key)
    }
  }

  function begin(review: Review<Answer>) {
    const flight: Flight<Answer> = { review, controller: new AbortController(), waiters: 0, running: false }
    const begun = { flight, answer: fetched(flight) }
    flights.set(review.key, begun)
    return begun
  }

  /** The next caller starts a new review. */
  function abandon(flight: Flight<Answer>): void {
    const { key } = flight.review
    if (flight.waiters > 0 || !isUnderWay(flight)) return
    flights.delete(key)
    flight.controller.abort(new ReviewAbandonedError('nobody waits for this review any more'))
    cache.delete(key)
  }

  function leave(flight: Flight<Answer>): void {
    flight.waiters--
    if (flight.waiters > 0) return
    if (flight.running) clock.after(ABANDON_MS, () => abandon(flight))
    else abandon(flight)
  }

  async function wait({ flight, answer }: ReturnType<typeof begin>, gone: AbortSignal | undefined): Promise<Answer> {
    const onGone = () => leave(flight)
    flight.waiters++
    if (gone?.aborted) onGone()
    else gone?.addEventListener('abort', onGone, { once: true })
    try {
      return await answer
    } finally {
      gone?.removeEventListener('abort', onGone)
    }
  }

  return {
    async get(review) {
      const kept = cache.get(review.key)
      if (kept !== undefined) return kept
      const begun = flights.get(review.key)
      if (begun !== undefined) return wait(begun, review.gone)
      if (!queue.hasRoom(review.flow)) throw new TooManyReviewsError()
      return wait(begin(review), review.gone)
    },
  }
}
