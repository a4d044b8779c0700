const DECIMAL = /^\+?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
const NANO_DIGITS = 9
/** A counter of 64 bit holds 20 digits of nanoseconds. */
const MAX_DIGITS = 20
const MAX_NANOSECONDS = 2 ** 64

/**
 * Seconds in decimal text ("2295.07063722", "1.234e+03") as whole nanoseconds, what is finer cut off. The digits are
 * moved, not multiplied, so that none is lost before the last rounding to a double (from 2^53 on). `undefined` for
 * anything else: signs, infinities, NaN, and what no 64-bit counter of nanoseconds can hold.
 */
export function nanosecondsFromSeconds(text: string): number | undefined {
  const found = DECIMAL.exec(text)
  const [whole, fraction] = [found?.[1] ?? '', found?.[2] ?? '']
  const digits = whole + fraction
  if (found === null || digits === '') return undefined
  const length = whole.length + Number(found[3] ?? 0) + NANO_DIGITS
  if (length <= 0 || /^0*$/.test(digits)) return 0
  const significant = digits.replace(/^0+/, '')
  const places = length - (digits.length - significant.length)
  if (places > MAX_DIGITS) return undefined
  const nanoseconds = places <= 0 ? 0 : Number(significant.slice(0, places).padEnd(places, '0'))
  return nanoseconds <= MAX_NANOSECONDS ? nanoseconds : undefined
}
