import { isIP } from 'node:net'
import { formatGoDuration, parseGoDuration } from '../kubernetes/duration.ts'
import { goQuote } from '../kubernetes/go-quote.ts'
import { parseLabelSelector, SelectorError } from '../kubernetes/label-selector.ts'
import type { SniCertificateFiles } from '../tls/sni-certificates.ts'

/**
 * What reading a flag's value comes to: the value, or what is wrong with it (a phrase that follows the flag's name).
 */
type Reading<T> = { readonly value: T } | { readonly problem: string }

/** How the values of one type of flag are read and shown. */
interface Kind<T> {
  /** The word for the value in `--help`; empty for booleans. */
  readonly typeName: string
  /** What `--flag` alone means; `undefined` when a value must follow. */
  readonly bare: string | undefined
  /**
   * Reads one value. `before` is what earlier occurrences of the flag gave, `undefined` at the first: lists grow
   * by it, and the first occurrence replaces the default.
   */
  read(text: string, before: T | undefined): Reading<T>
  /** A default as `--help` shows it; empty when it goes without saying (pflag hides zero values). */
  show(value: T): string
  /** A value in full, zero values too, as pflag's `Value.String()` has it. */
  text(value: T): string
}

/** One command line flag. */
export interface Flag<T> {
  readonly name: string
  readonly short?: string
  readonly kind: Kind<T>
  readonly default: NoInfer<T>
  readonly help: string
  /** Taken because the Go server takes it, but without effect here: named in one warning. */
  readonly ignored?: boolean
  /** What is wrong with a value of the right type: a phrase that follows the flag's name. */
  check?(value: T): string | undefined
}

/** A flag of any type: what the table, the reader and the help see. */
// biome-ignore lint/suspicious/noExplicitAny: flags of different types share one table; each is read and shown by its own kind.
export type AnyFlag = Flag<any>

/** A section of `--help`. */
export interface Section {
  /** The whole heading: "Kubelet client flags". */
  readonly title: string
  /** In the order of their names. */
  readonly flags: readonly AnyFlag[]
}

/** A flag that is taken and changes nothing. */
export function ignored<T>(
  name: string,
  kind: Kind<T>,
  byDefault: T,
  help: string,
  check?: (value: T) => string | undefined,
): Flag<T> {
  const flag: Flag<T> = { name, kind, default: byDefault, help, ignored: true }
  return check === undefined ? flag : { ...flag, check }
}

/** Gives an object literal the type of its flag. */
export const flag = <T>(one: Flag<T>): Flag<T> => one

/** Makes a section of a group of flags. */
export function section(title: string, flags: Readonly<Record<string, AnyFlag>> | readonly AnyFlag[]): Section {
  const sorted = Object.values(flags).sort((a, b) => (a.name < b.name ? -1 : 1))
  return { title, flags: sorted }
}

/** Values of all flags: the given ones, else the defaults. */
export interface Values {
  of<T>(flag: Flag<T>): T
  isGiven(flag: AnyFlag): boolean
}

/** A value from outside for a message: quoted as Go does, on one line, and of bounded length. */
export function quoted(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text
  return goQuote(short)
}

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
function parseGoInt(text: string): number | undefined {
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

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|$)/y

/** Reads a list as pflag does: one record of Go's encoding/csv, so that "a,b" in quotes is one element. */
function readCsv(text: string): string[] | undefined {
  if (text === '') return []
  const fields: string[] = []
  for (let at = 0; ; at = FIELD.lastIndex) {
    FIELD.lastIndex = at
    const field = FIELD.exec(text)
    if (field === null) return undefined
    fields.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '')
    if (field[3] === '') return fields
  }
}

/** Quoted only where it must be (Go's encoding/csv, fieldNeedsQuotes, as far as one line goes). */
const csvField = (text: string): string => (/^[\s]|[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Strings by comma; repeated flags add up. */
export const strings: Kind<readonly string[]> = {
  typeName: 'strings',
  bare: undefined,
  read(text, before) {
    const list = readCsv(text)
    if (list === undefined) return { problem: `must be a list by commas, not ${quoted(text)}` }
    return { value: [...(before ?? []), ...list] }
  },
  show: (value) => (value.length === 0 ? '' : `[${value.join(',')}]`),
  text: (value) => `[${value.map(csvField).join(',')}]`,
}

/** Whole numbers by comma; repeated flags add up. */
export const int32s: Kind<readonly number[]> = {
  typeName: 'int32Slice',
  bare: undefined,
  read(text, before) {
    const list = text.split(',').map(parseGoInt)
    const numbers = list.filter((n) => n !== undefined)
    const inRange = numbers.every((n) => Math.abs(n) < 2 ** 31)
    if (numbers.length < list.length || !inRange) {
      return { problem: `must be whole numbers by commas, not ${quoted(text)}` }
    }
    return { value: [...(before ?? []), ...numbers] }
  },
  show: (value) => `[${value.join(',')}]`,
  text: (value) => `[${value.join(',')}]`,
}

function readNamedCertKey(text: string): Reading<SniCertificateFiles> {
  const colon = text.indexOf(':')
  const files = (colon < 0 ? text : text.slice(0, colon)).split(',').map((part) => part.trim())
  const names =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .map((name) => name.trim())
  const [certFile = '', keyFile = ''] = files
  if (files.length !== 2 || certFile === '' || keyFile === '') {
    return { problem: `must be CERTIFICATE,KEY or CERTIFICATE,KEY:NAME,NAME, not ${quoted(text)}` }
  }
  if (names.includes('')) return { problem: `has an empty name in ${quoted(text)}` }
  return { value: { certFile, keyFile, names } }
}

const namedCertKeyText = ({ certFile, keyFile, names }: SniCertificateFiles): string =>
  `${certFile},${keyFile}${names.length === 0 ? '' : `:${names.join(',')}`}`

/** Certificate, key and names: one of them to a flag. */
export const namedCertKeys: Kind<readonly SniCertificateFiles[]> = {
  typeName: 'namedCertKey',
  bare: undefined,
  read(text, before) {
    const one = readNamedCertKey(text)
    return 'problem' in one ? one : { value: [...(before ?? []), one.value] }
  },
  show: () => '[]',
  text: (value) => `[${value.map(namedCertKeyText).join(';')}]`,
}

/** `pattern=N,…` (component-base, logs/api/v1/pflags.go). */
export const verbosityPatterns: Kind<readonly string[]> = {
  typeName: 'pattern=N,...',
  bare: undefined,
  read(text, before) {
    const items = text.split(',').filter((item) => item !== '')
    const wrong = items.find((item) => !/^[^=]+=\d{1,9}$/.test(item))
    if (wrong !== undefined) return { problem: `must be PATTERN=N by commas, not ${quoted(wrong)}` }
    return { value: [...(before ?? []), ...items] }
  },
  show: (value) => value.join(','),
  text: (value) => value.join(','),
}

/** `[component:]Feature=true|false,…`. */
export const featureGates: Kind<readonly string[]> = {
  typeName: 'colonSeparatedMultimapStringString',
  bare: undefined,
  read(text, before) {
    const items = text.split(',').filter((item) => item !== '')
    const wrong = items.find((item) => !/^\s*([^:=]+:)?[^:=]+=(1|0|t|f|true|false)\s*$/i.test(item))
    if (wrong !== undefined) return { problem: `must be Feature=true or Feature=false by commas, not ${quoted(wrong)}` }
    return { value: [...(before ?? []), ...items] }
  },
  show: (value) => value.join(','),
  text: (value) => value.join(','),
}

/** The longest delay a timer of Node.js keeps; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Checks for the flag table: each gives what is wrong with a value, or nothing. */
export const notNegative = (value: number): string | undefined =>
  value >= 0 ? undefined : 'can not be a negative value'

export const port = (value: number): string | undefined =>
  value >= 1 && value <= 65_535 ? undefined : `must be between 1 and 65535, inclusive, not ${value}`

export const withinTimer = (value: number): string | undefined => {
  if (value < 0) return 'can not be a negative value'
  return value <= MAX_TIMER_MS ? undefined : `must be at most ${formatGoDuration(MAX_TIMER_MS)}`
}

export const positiveWithinTimer = (value: number): string | undefined =>
  value === 0 ? 'must be more than 0s' : withinTimer(value)

export const noBlank = (values: readonly string[]): string | undefined =>
  values.some((value) => value.trim() === '') ? 'has an empty value' : undefined

export const labelSelector = (value: string): string | undefined => {
  try {
    parseLabelSelector(value)
    return undefined
  } catch (error) {
    if (error instanceof SelectorError) return `is no label selector: ${error.message}`
    throw error
  }
}

/** Options that the Go server knows and refuses as long as its alpha features are off, which nothing can switch on. */
export const offAsAlpha = (value: boolean | string): string | undefined =>
  value === false || Number.parseFloat(String(value)) === 0
    ? undefined
    : 'is refused: it needs the feature LoggingAlphaOptions, which is disabled'
