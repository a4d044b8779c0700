/** The longest pause after failures, as a multiple of the resolution of storage. */
const LONGEST_PAUSE = 8

/**
 * When one node is asked for its whole Summary, which has ephemeral storage: in the turn of an ordinary scrape, in place of CPU
 * and memory alone. A node whose whole Summary fails or takes long is asked for it apart, after CPU and memory are stored, so
 * that these are as fresh as without it. Times are of the monotonic clock.
 */
export class StorageTurns {
  readonly #resolutionMs: number
  readonly #storageResolutionMs: number
  #dueMs: number
  #failures = 0
  /** The whole Summary is asked for apart. */
  isApart = false

  /**
   * `storageResolutionMs`: at least a resolution. `number` spreads the nodes over the turns; none is asked for the whole
   * Summary at its first scrape.
   */
  constructor(nowMs: number, resolutionMs: number, storageResolutionMs: number, number: number) {
    this.#resolutionMs = resolutionMs
    this.#storageResolutionMs = storageResolutionMs
    const turns = Math.max(1, Math.round(storageResolutionMs / resolutionMs))
    this.#dueMs = nowMs + (1 + (number % turns)) * resolutionMs
  }

  /** Whether an ordinary scrape that begins now is nearer to the time at which storage is due than the next one will be. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs - this.#resolutionMs / 2
  }

  /** The turn that began at `beginMs` brought the whole Summary. `isPrompt`: at once, so that the next need not be apart. */
  succeeded(beginMs: number, isPrompt: boolean): void {
    this.#failures = 0
    this.isApart = !isPrompt
    this.#dueMs = beginMs + this.#storageResolutionMs
  }

  /** It did not; what was asked for in place of CPU and memory is asked for apart in the next turn. */
  failed(beginMs: number): void {
    if (this.isApart) this.#failures++
    const pause = Math.min(2 ** Math.max(0, this.#failures - 1), LONGEST_PAUSE) * this.#storageResolutionMs
    this.#dueMs = beginMs + (this.isApart ? pause : this.#resolutionMs)
    this.isApart = true
  }
}
