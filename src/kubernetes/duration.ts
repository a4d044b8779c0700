import { goQuote } from './go-quote.ts'

const UNIT_NS = new Map<string, number>([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
])
/** Digits belong to one group only: else a long row of them without a unit would be tried in every division. */
const TERM = /(?=\.?\d)(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y
/** Further ones are less than a nanosecond. */
const FRACTION_DIGITS = 18

/** As Go counts them: to the whole nanosecond, what is before the point apart from what is after it. */
function nanosecondsOf(whole: string, fraction: string, unit: number): number {
  const digits = fraction.slice(0, FRACTION_DIGITS)
  return Number(whole) * unit + Math.trunc(Number(digits) * (unit / 10 ** digits.length))
}

/**
 * Reads a duration as Go's time.ParseDuration does ("1h15m30.5s", "-1.5h", "0") and gives milliseconds, with
 * fractions; `undefined` when it is none.
 */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text
  if (unsigned === '0') return 0
  if (unsigned === '') return undefined
  let nanoseconds = 0
  let at = 0
  while (at < unsigned.length) {
    TERM.lastIndex = at
    const term = TERM.exec(unsigned)
    if (term === null) return undefined
    const [, whole = '', fraction = '', unit = ''] = term
    nanoseconds += nanosecondsOf(whole, fraction, UNIT_NS.get(unit) ?? Number.NaN)
    at = TERM.lastIndex
  }
  return (sign * nanoseconds) / 1e6
}

const rounded = (value: number, digits: number): string => value.toFixed(digits).replace(/\.?0+$/, '')

/** Writes milliseconds as Go's time.Duration.String does, to the nanosecond: "15.022s", "1m0s", "1h0m0.5s", "1.5ms", "0s". */
export function formatGoDuration(milliseconds: number): string {
  // What nearly every window is: a second or more, but less than a minute, in whole milliseconds.
  if (Number.isInteger(milliseconds) && milliseconds >= 1000 && milliseconds < 60_000) return `${milliseconds / 1000}s`
  const sign = milliseconds < 0 ? '-' : ''
  const nanoseconds = Math.round(Math.abs(milliseconds) * 1e6)
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${sign}${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${sign}${rounded(nanoseconds / 1e3, 3)}µs`
  if (nanoseconds < 1e9) return `${sign}${rounded(nanoseconds / 1e6, 6)}ms`
  const hours = Math.floor(nanoseconds / 3600e9)
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9)
  const rest = nanoseconds % 60e9
  const seconds = `${rounded(rest / 1e9, 9)}s`
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

/** The error of Go's time.ParseDuration for a text that is no duration: the first thing that is wrong, from left to right. */
export function goDurationProblem(text: string): string {
  const invalid = `time: invalid duration ${goQuote(text)}`
  let rest = text.replace(/^[+-]/, '')
  while (rest !== '') {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest)?.[0] ?? ''
    if (number === '') return invalid
    rest = rest.slice(number.length)
    const unit = /^[^.\d]*/.exec(rest)?.[0] ?? ''
    if (unit === '') return `time: missing unit in duration ${goQuote(text)}`
    if (!UNIT_NS.has(unit)) return `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`
    rest = rest.slice(unit.length)
  }
  return invalid
}
