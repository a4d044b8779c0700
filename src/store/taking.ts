import type { Outcome } from './rate.ts'
import { Rate, type Reading } from './reading.ts'
import { Row } from './row.ts'
import { Rows } from './rows.ts'
import { firstToldMs } from './window.ts'

type RateOf = (previous: Reading | undefined, current: Reading, resolutionMs: number, rate: Rate) => Outcome

/** Compares samples with what is kept. Its objects are used for one sample after the other. */
export class Taking {
  /** Where a pod's new rows are put together. */
  readonly podDraft = new Rows('containers')
  /** The same of a node's one row. */
  readonly nodeDraft = new Rows('node')
  readonly #resolutionMs: number
  readonly #previous = new Row()
  readonly #current = new Row()
  readonly #rate = new Rate()

  constructor(resolutionMs: number) {
    this.#resolutionMs = resolutionMs
  }

  /**
   * Compares the sample that was put last into `draft` with the one in a row of `kept` (−1 for none), and gives it the
   * rate that comes of it. Of a sample that only repeats the other, that row takes the place. False when it is one.
   */
  compare(draft: Rows, kept: Rows, row: number, rateOf: RateOf): boolean {
    const current = this.#current
    draft.show(draft.length - 1, current)
    if (row >= 0) kept.show(row, this.#previous)
    const outcome = rateOf(row >= 0 ? this.#previous : undefined, current, this.#resolutionMs, this.#rate)
    const isNews = outcome !== 'repeated'
    if (isNews) draft.rateLast(outcome === 'rate' ? this.#rate : undefined, firstToldMs(current))
    else draft.replaceLast(kept, row)
    return isNews
  }
}
