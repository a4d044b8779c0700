import { EARLIEST_MS, LATEST_MS } from './response-reader.ts'

const GENERAL = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
/** The length of a time as a kubelet writes all of them. */
export const PLAIN_TIME_BYTES = '2026-01-01T00:00:00Z'.length

/** Days from 1970-01-01 to the given day of the proleptic Gregorian calendar, `month` from 1. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last one.
  const y = month > 2 ? year : year - 1
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function epochMs(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!valid || hour > 23 || minute > 59 || second > 59) return Number.NaN
  return ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000
}

/** `undefined` for unknown times (see {@link EARLIEST_MS}), and for NaN. */
export const knownTime = (ms: number): number | undefined => (ms >= EARLIEST_MS && ms < LATEST_MS ? ms : undefined)

/** Two decimal digits at `at`; NaN when they are none. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30
  const ones = (bytes[at + 1] ?? 0) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

/**
 * An RFC 3339 time, as Go's time.Time reads it from JSON, in milliseconds since the epoch, fractions of them cut off.
 * `undefined` for anything else, and for unknown times (see {@link EARLIEST_MS}).
 */
export function timeFromText(text: string): number | undefined {
  const found = GENERAL.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number)
  const [offsetHours, offsetMinutes] = [Number(found[9] ?? 0), Number(found[10] ?? 0)]
  if (offsetHours > 23 || offsetMinutes > 59) return undefined
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (found[8] === '-' ? -1 : 1)
  const milliseconds = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3))
  const whole = epochMs(year ?? 0, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0)
  return knownTime(whole + milliseconds - offsetMs)
}

/** The same of the ASCII bytes from `start` to `end`; `YYYY-MM-DDTHH:MM:SSZ`, all that a kubelet writes, makes no string. */
export function timeFromBytes(bytes: Buffer, start: number, end: number): number | undefined {
  const plain =
    end - start === PLAIN_TIME_BYTES &&
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    bytes[start + 10] === 0x54 &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a &&
    bytes[start + 19] === 0x5a
  if (!plain) return timeFromText(bytes.toString('latin1', start, end))
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const [month, day] = [twoDigits(bytes, start + 5), twoDigits(bytes, start + 8)]
  const [hour, minute, second] = [
    twoDigits(bytes, start + 11),
    twoDigits(bytes, start + 14),
    twoDigits(bytes, start + 17),
  ]
  return knownTime(epochMs(year, month, day, hour, minute, second))
}
