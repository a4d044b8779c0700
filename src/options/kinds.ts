import { isIP } from 'node:net'
import { formatGoDuration, parseGoDuration } from '../model/duration.ts'
import { type Kind, quoted } from './flag.ts'

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])
const WHOLE = /^[+-]?(0x(_?[0-9a-f])+|0b(_?[01])+|0o?(_?[0-7])+|0|[1-9](_?[0-9])*)$/i
const DECIMAL = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)$/i
/** Go keeps durations as 64-bit nanoseconds. */
const MAX_GO_DURATION_MS = 9_223_372_036_854

/** Boolean words of Go's strconv.ParseBool. */
export const bool: Kind<boolean> = {
  typeName: '',
  bare: 'true',
  read(text) {
    if (TRUE.has(text)) return { value: true }
    if (FALSE.has(text)) return { value: false }
    return { problem: `must be true or false, not ${quoted(text)}` }
  },
  show: (value) => (value ? 'true' : ''),
  text: String,
}

export const string: Kind<string> = {
  typeName: 'string',
  bare: undefined,
  read: (text) => ({ value: text }),
  show: (value) => (value === '' ? '' : JSON.stringify(value)),
  text: (value) => value,
}

/** Reads a whole number as Go's strconv.ParseInt does with base 0: 10250, 0x280a, 0b11, 0o17, 017, 10_250. */
export function parseGoInt(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '')
  const legacyOctal = /^0[0-7]+$/.test(digits)
  const value = Number(legacyOctal ? `0o${digits.slice(1)}` : digits)
  if (!Number.isSafeInteger(value)) return undefined
  return text.startsWith('-') && value !== 0 ? -value : value
}

export const int: Kind<number> = {
  typeName: 'int',
  bare: undefined,
  read(text) {
    const value = parseGoInt(text)
    return value === undefined ? { problem: `must be a whole number, not ${quoted(text)}` } : { value }
  },
  show: (value) => (value === 0 ? '' : String(value)),
  text: String,
}

const floatOf = (typeName: string): Kind<number> => ({
  typeName,
  bare: undefined,
  read(text) {
    if (!DECIMAL.test(text)) return { problem: `must be a number, not ${quoted(text)}` }
    const value = Number(text.replace(/inf(inity)?/i, 'Infinity'))
    return { value }
  },
  show: (value) => (value === 0 ? '' : String(value)),
  text: String,
})

export const float64: Kind<number> = floatOf('float')
export const float32: Kind<number> = floatOf('float32')

/** A Go duration; its value is milliseconds, with fractions. */
export const duration: Kind<number> = {
  typeName: 'duration',
  bare: undefined,
  read(text) {
    const value = parseGoDuration(text)
    if (value === undefined || Math.abs(value) > MAX_GO_DURATION_MS) {
      return { problem: `must be a duration such as 10s, 1m30s or 500ms, not ${quoted(text)}` }
    }
    return { value }
  },
  show: (value) => (value === 0 ? '' : formatGoDuration(value)),
  text: formatGoDuration,
}

/** An IP address without zone. An empty value leaves what stood before, as pflag does. */
export const ip: Kind<string> = {
  typeName: 'ip',
  bare: undefined,
  read(text, before) {
    const address = text.trim()
    if (address === '') return { value: before ?? '' }
    if (isIP(address) === 0 || address.includes('%')) return { problem: `must be an IP address, not ${quoted(text)}` }
    return { value: address }
  },
  show: (value) => value,
  text: (value) => value,
}

/** A log verbosity: plain decimal digits up to 2^31 - 1 (component-base, logs/api/v1/pflags.go). */
export const level: Kind<number> = {
  typeName: 'Level',
  bare: undefined,
  read(text) {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (!(value < 2 ** 31)) return { problem: `must be a whole number from 0 to 2147483647, not ${quoted(text)}` }
    return { value }
  },
  show: (value) => (value === 0 ? '' : String(value)),
  text: String,
}

/** A Kubernetes quantity, kept as its text. */
export const quantity: Kind<string> = {
  typeName: 'quantity',
  bare: undefined,
  read(text) {
    const isOne = /^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text)
    return isOne ? { value: text } : { problem: `must be a quantity such as 512, 1K or 2Ki, not ${quoted(text)}` }
  },
  show: (value) => (value === '0' ? '' : value),
  text: (value) => value,
}

/** One of a few words. */
export const word = <const W extends string>(...words: readonly W[]): Kind<W> => ({
  typeName: 'string',
  bare: undefined,
  read(text) {
    const value = words.find((w) => w === text)
    return value === undefined
      ? { problem: `must be one of ${words.filter((w) => w !== '').join(', ')}, not ${quoted(text)}` }
      : { value }
  },
  show: string.show,
  text: string.text,
})
