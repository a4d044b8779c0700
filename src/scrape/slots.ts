import type { Clock } from '../model/clock.ts'

/** A slot is held until the work ends, but for no longer than this: a node that hangs costs us nothing but its socket. */
const LONGEST_HOLD_MS = 1000

/** Lets at most `limit` pieces of work begin at once; the rest wait in their order. */
export class Slots {
  readonly #limit: number
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #held = 0

  constructor(limit: number, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** Runs `work` once a slot is free; settles as it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#held >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#held++
    let holding = true
    const letGo = () => {
      if (holding) this.#pass()
      holding = false
    }
    const timer = this.#clock.after(LONGEST_HOLD_MS, letGo)
    try {
      return await work()
    } finally {
      timer.cancel()
      letGo()
    }
  }

  #pass(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held--
    else next()
  }
}
