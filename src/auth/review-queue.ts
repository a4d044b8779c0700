import { TooManyReviewsError } from '../model/identity.ts'

export interface ReviewQueueOptions {
  /** Reviews that are under way at once. */
  readonly concurrency: number
  /** Reviews that wait. */
  readonly maxWaiting: number
}

interface Waiting {
  readonly flow: string
  begin(): void
  refuse(error: unknown): void
}

/** Settles as the promise does, or with the signal's reason when that is first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/**
 * Lets so many reviews run at once and so many wait, those of each flow in turn: whoever asks much waits for themselves,
 * not others for them. Where there is no room, the flow that has most waiting gives way (a small kind of the apiserver's
 * priority and fairness).
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
      return await untilAborted(review(), signal)
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
