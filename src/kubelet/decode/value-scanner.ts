import { LONGEST_TEXT_BYTES } from './response-reader.ts'
import { PLAIN_TIME_BYTES, timeFromBytes } from './rfc3339.ts'

const NO_VALUE = -1
// Not imported: the engine loads an imported constant at each use, which is 6 % of a decode here.
const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const QUOTE = 0x22
const BACKSLASH = 0x5c
const DELETE = 0x7f
/** So many digits are read as one number; longer numbers in two parts. */
const PART_DIGITS = 9

/**
 * Reads values of a JSON text at known positions. It accepts the subset of JSON that kubelets write; each method returns
 * where the value ends, −1 for anything else.
 */
export class ValueScanner {
  /** The value of {@link count} or {@link time}. */
  value = 0
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer(0))
  readonly #times = new RecentTimes()

  begin(bytes: Buffer, view: DataView): void {
    this.#bytes = bytes
    this.#view = view
    this.#times.forget()
  }

  /** A string of ASCII without escapes; ends before its last quote. */
  text(start: number): number {
    const bytes = this.#bytes
    const end = bytes.length
    let at = start
    while (at < end) {
      const byte = bytes[at] as number
      if (byte === QUOTE) return at
      if (byte < 0x20 || byte > DELETE || byte === BACKSLASH) return NO_VALUE
      at++
    }
    return NO_VALUE
  }

  /** A number without an exponent. */
  number(start: number): number {
    const bytes = this.#bytes
    const end = this.#digits(bytes[start] === MINUS ? start + 1 : start)
    return bytes[end] === POINT ? this.#fraction(end + 1) : end
  }

  /** A whole number of up to 18 digits. */
  count(start: number): number {
    const bytes = this.#bytes
    const length = bytes.length
    const most = Math.min(length, start + PART_DIGITS)
    let at = start
    let value = 0
    for (; at < most; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) return this.#counted(start, at, value)
      value = value * 10 + digit
    }
    return this.#countOn(start, at, value)
  }

  /** A string like {@link text}, as milliseconds since the epoch; NaN when it is no time or an unknown one. */
  time(start: number): number {
    const known = this.#times.find(this.#bytes, this.#view, start)
    if (known >= 0) {
      this.value = this.#times.ms(known)
      return start + PLAIN_TIME_BYTES
    }
    const end = this.text(start)
    if (end === NO_VALUE) return NO_VALUE
    const value = end - start > LONGEST_TEXT_BYTES ? undefined : timeFromBytes(this.#bytes, start, end)
    this.value = value ?? Number.NaN
    if (end === start + PLAIN_TIME_BYTES) this.#times.keep(start, this.value)
    return end
  }

  /** A string, which often is a time that was read just before. */
  textOrTime(start: number): number {
    return this.#times.find(this.#bytes, this.#view, start) >= 0 ? start + PLAIN_TIME_BYTES : this.text(start)
  }

  /** The first nine digits times 10^9 have at most 51 significant bits, so the sum is rounded once, as the text would be. */
  #countOn(start: number, from: number, high: number): number {
    const bytes = this.#bytes
    const most = Math.min(bytes.length, from + PART_DIGITS)
    let at = from
    let low = 0
    let scale = 1
    for (; at < most; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      low = low * 10 + digit
      scale *= 10
    }
    const isOver = at === most && (bytes[at] as number) - ZERO >= 0 && (bytes[at] as number) - ZERO <= 9
    return isOver ? NO_VALUE : this.#counted(start, at, high * scale + low)
  }

  #counted(start: number, end: number, value: number): number {
    if (end === start || (end > start + 1 && this.#bytes[start] === ZERO)) return NO_VALUE
    this.value = value
    return end
  }

  #digits(start: number): number {
    const end = this.#fraction(start)
    return end > start + 1 && this.#bytes[start] === ZERO ? NO_VALUE : end
  }

  #fraction(start: number): number {
    const bytes = this.#bytes
    const length = bytes.length
    let at = start
    while (at < length && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= ZERO + 9) at++
    return at === start ? NO_VALUE : at
  }
}

const WORD_BYTES = 4
const NOWHERE = -1
const UNKNOWN = -1
const FIRST = 0
const SECOND = 1

/**
 * Caches the last two times of {@link PLAIN_TIME_BYTES}: most containers of a node have the same sample time, with start
 * times in between. Comparing bytes is far cheaper than calendar arithmetic.
 */
class RecentTimes {
  #firstAt = NOWHERE
  #firstMs = 0
  #secondAt = NOWHERE
  #secondMs = 0
  #latest: number = FIRST

  /** Another text is read from now on. */
  forget(): void {
    this.#firstAt = this.#secondAt = NOWHERE
  }

  /** Which of the two equals the bytes from `start` to a quote; −1 for neither. */
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

  /** Replaces the time that was found less recently. */
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
  // Begins at the end, where times differ.
  for (let i = PLAIN_TIME_BYTES - WORD_BYTES; i >= 0; i -= WORD_BYTES) {
    if (view.getInt32(start + i) !== view.getInt32(there + i)) return false
  }
  return true
}
