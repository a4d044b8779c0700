import { QUOTE } from './json-cursor.ts'
import { PLAIN_TIME_BYTES } from './rfc3339.ts'

const WORD_BYTES = 4
const NOWHERE = -1
const UNKNOWN = -1
const FIRST = 0
const SECOND = 1

/**
 * The last two times of {@link PLAIN_TIME_BYTES} that were read in a text: those of samples are the same for most containers of
 * a node, with times of starts in between. Comparing is far cheaper than reckoning with days and months.
 */
export class RecentTimes {
  #firstAt = NOWHERE
  #firstMs = 0
  #secondAt = NOWHERE
  #secondMs = 0
  #latest: number = FIRST

  /** There is another text from now on. */
  forget(): void {
    this.#firstAt = this.#secondAt = NOWHERE
  }

  /** Which of the two stands at `start` too, up to a quote; −1 for neither. */
  find(bytes: Buffer, view: DataView, start: number): number {
    if (start + PLAIN_TIME_BYTES >= bytes.length || bytes[start + PLAIN_TIME_BYTES] !== QUOTE) return UNKNOWN
    if (isSame(view, start, this.#firstAt)) this.#latest = FIRST
    else if (isSame(view, start, this.#secondAt)) this.#latest = SECOND
    else return UNKNOWN
    return this.#latest
  }

  /** Milliseconds since the epoch of one that was found. */
  ms(which: number): number {
    return which === FIRST ? this.#firstMs : this.#secondMs
  }

  /** Takes the place of the one that was found less lately. */
  keep(start: number, ms: number): void {
    this.#latest = this.#latest === FIRST ? SECOND : FIRST
    if (this.#latest === FIRST) {
      this.#firstAt = start
      this.#firstMs = ms
    } else {
      this.#secondAt = start
      this.#secondMs = ms
    }
  }
}

function isSame(view: DataView, start: number, there: number): boolean {
  if (there === NOWHERE) return false
  // From the end, where times differ.
  for (let i = PLAIN_TIME_BYTES - WORD_BYTES; i >= 0; i -= WORD_BYTES) {
    if (view.getInt32(start + i) !== view.getInt32(there + i)) return false
  }
  return true
}
