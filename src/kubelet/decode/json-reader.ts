import { DecodeError, LONGEST_TEXT_BYTES, MAX_DEPTH, MOST_PART_BYTES } from './response-reader.ts'
import { timeFromBytes, timeFromText } from './rfc3339.ts'
import type { NameTable, StringInterner } from './string-interner.ts'

/**
 * A position in a JSON text of bytes. The functions over it accept exactly what `JSON.parse` accepts (up to MAX_DEPTH), and
 * make values only of the fields that are read.
 *
 * `JSON.parse` cannot take their place, since it can be neither interrupted nor bounded: a made-up body of 16 MiB would
 * block the event loop for a second and become more than 300 MiB of objects.
 */
export interface JsonCursor {
  bytes: Buffer
  at: number
  /** No value may end far beyond this byte, since reading one value cannot be interrupted. */
  limit: number
}

export const cursorOf = (bytes: Buffer, at = 0): JsonCursor => ({ bytes, at, limit: bytes.length })

const ESCAPED = 0x100
const NON_ASCII = 0x80
const QUOTE = 0x22
export const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const BACKSLASH = 0x5c
const ZERO = 0x30
const LETTER_E = 0x65
const SIMPLE_ESCAPES = new Set(Buffer.from('"\\/bfnrt'))

export function fail(cursor: JsonCursor, what: string): never {
  const where = cursor.at >= cursor.bytes.length ? 'its end' : `byte ${cursor.at}`
  throw new DecodeError(`no JSON: ${what} at ${where} of ${cursor.bytes.length} bytes`)
}

/** Skips white space and returns the next byte, -1 at the end. */
export function peek(cursor: JsonCursor): number {
  const { bytes, at } = cursor
  const byte = at < bytes.length ? (bytes[at] as number) : -1
  return byte > 0x20 ? byte : peekFurther(cursor)
}

function peekFurther(cursor: JsonCursor): number {
  const { bytes } = cursor
  const end = bytes.length
  let at = cursor.at
  while (at < end) {
    const byte = bytes[at] as number
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
      cursor.at = at
      return byte
    }
    at++
  }
  cursor.at = at
  return -1
}

// Reading beyond the end would return undefined, but takes the loops off the engine's fast path.
const byteHere = ({ bytes, at }: JsonCursor): number => (at < bytes.length ? (bytes[at] as number) : -1)

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)

function skipEscape(cursor: JsonCursor, at: number): number {
  const kind = cursor.bytes[at + 1]
  if (kind !== undefined && SIMPLE_ESCAPES.has(kind)) return at + 2
  const hex = kind === 0x75 && [2, 3, 4, 5].every((i) => isHex(cursor.bytes[at + i]))
  if (hex) return at + 6
  cursor.at = at
  return fail(cursor, 'a bad escape')
}

/** Skips the string here; returns in bits whether it has escapes and bytes beyond ASCII. */
function skipString(cursor: JsonCursor): number {
  const { bytes } = cursor
  const end = bytes.length
  let at = cursor.at + 1
  let seen = 0
  while (at < end) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      cursor.at = at + 1
      return seen & (ESCAPED | NON_ASCII)
    }
    if (byte === BACKSLASH) {
      seen |= ESCAPED
      at = skipEscape(cursor, at)
    } else if (byte < 0x20) {
      cursor.at = at
      return fail(cursor, 'a control character')
    } else {
      seen |= byte
      at++
    }
  }
  cursor.at = at
  return fail(cursor, 'a string without end')
}

/** The text of the string from `start` (its first quote) to `end`; `seen` is the result of {@link skipString}. */
function stringText(bytes: Buffer, start: number, end: number, seen: number): string {
  if (seen === 0) return bytes.toString('latin1', start + 1, end - 1)
  if ((seen & ESCAPED) === 0) return bytes.toString('utf8', start + 1, end - 1)
  return JSON.parse(bytes.toString('utf8', start, end))
}

function skipDigits(cursor: JsonCursor): void {
  const { bytes } = cursor
  const end = bytes.length
  const start = cursor.at
  let at = start
  while (at < end && isDigit(bytes[at])) at++
  cursor.at = at
  if (at === start) fail(cursor, 'a digit is missing')
}

/** Skips the number here, by JSON's grammar. */
function skipNumber(cursor: JsonCursor): void {
  if (byteHere(cursor) === MINUS) cursor.at++
  if (byteHere(cursor) === ZERO) cursor.at++
  else skipDigits(cursor)
  if (byteHere(cursor) === POINT) {
    cursor.at++
    skipDigits(cursor)
  }
  if ((byteHere(cursor) | 0x20) !== LETTER_E) return
  cursor.at++
  if (byteHere(cursor) === PLUS || byteHere(cursor) === MINUS) cursor.at++
  skipDigits(cursor)
}

function skipWord(cursor: JsonCursor, word: string): void {
  for (let i = 0; i < word.length; i++)
    if (cursor.bytes[cursor.at + i] !== word.charCodeAt(i)) fail(cursor, 'no value begins')
  cursor.at += word.length
}

const COMMA = 0x2c
const COLON = 0x3a

/** Skips the value here, of any kind. */
function skipValue(cursor: JsonCursor, depth = 0): void {
  const first = peek(cursor)
  if (first === QUOTE) skipString(cursor)
  else if (first === OPEN_OBJECT) skipItems(cursor, depth, CLOSE_OBJECT)
  else if (first === OPEN_ARRAY) skipItems(cursor, depth, CLOSE_ARRAY)
  else if (first === 0x74) skipWord(cursor, 'true')
  else if (first === 0x66) skipWord(cursor, 'false')
  else if (first === 0x6e) skipWord(cursor, 'null')
  else if (first === MINUS || isDigit(first)) skipNumber(cursor)
  else fail(cursor, 'no value begins')
}

function skipItems(cursor: JsonCursor, depth: number, close: number): void {
  if (depth >= MAX_DEPTH) fail(cursor, 'nesting too deep')
  cursor.at++
  if (closes(cursor, close)) return
  do {
    if (close === CLOSE_OBJECT) readKey(cursor, undefined)
    skipValue(cursor, depth + 1)
  } while (continues(cursor, close))
}

/**
 * Moves to the first item of the object or array here, with the brackets `open` and `close`. False when it is empty or of
 * another kind; then the value is skipped.
 */
function enters(cursor: JsonCursor, open: number, close: number): boolean {
  if (peek(cursor) !== open) {
    skipValue(cursor)
    return false
  }
  cursor.at++
  return !closes(cursor, close)
}

/** Skips the closing bracket if it comes next. */
function closes(cursor: JsonCursor, close: number): boolean {
  if (peek(cursor) !== close) return false
  cursor.at++
  return true
}

/** Skips the comma or the closing bracket after an item; true when another item must follow. */
function continues(cursor: JsonCursor, close: number): boolean {
  const byte = peek(cursor)
  if (byte !== COMMA && byte !== close) fail(cursor, 'a comma or a closing bracket is missing')
  if (cursor.at > cursor.limit) throw new DecodeError(`it has a value of more than ${MOST_PART_BYTES} bytes`)
  cursor.at++
  return byte === COMMA
}

/** Skips a key and its colon. Returns the key if it is one of `known`, else `undefined`. */
function readKey(cursor: JsonCursor, known: NameTable | undefined): string | undefined {
  const start = peekKey(cursor)
  const seen = skipString(cursor)
  const end = cursor.at
  skipColon(cursor)
  if (known === undefined) return undefined
  if ((seen & ESCAPED) === 0) return known.match(cursor.bytes, start + 1, end - 1)
  const name = stringText(cursor.bytes, start, end, seen)
  return known.has(name) ? name : undefined
}

/** Skips a key and its colon, and returns the key. */
function readKeyText(cursor: JsonCursor): string {
  const start = peekKey(cursor)
  const seen = skipString(cursor)
  const end = cursor.at
  skipColon(cursor)
  return stringText(cursor.bytes, start, end, seen)
}

function peekKey(cursor: JsonCursor): number {
  if (peek(cursor) !== QUOTE) fail(cursor, 'a key is missing')
  return cursor.at
}

function skipColon(cursor: JsonCursor): void {
  if (peek(cursor) !== COLON) fail(cursor, 'a colon is missing')
  cursor.at++
}

/** Counters of the kubelet are unsigned 64 bit; a larger number is no count. */
const MAX_COUNT = 2 ** 64
const LETTER_N = 0x6e

/**
 * Moves to the value of the first field of the object here whose key is `known`, and returns the key; the caller must read
 * or skip the value. `undefined` when there is no such field or no object; then the value is skipped.
 */
export function firstField(cursor: JsonCursor, known: NameTable): string | undefined {
  return enters(cursor, OPEN_OBJECT, CLOSE_OBJECT) ? knownField(cursor, known) : undefined
}

/** The next such field of that object, `undefined` at its end. */
export function nextField(cursor: JsonCursor, known: NameTable): string | undefined {
  return continues(cursor, CLOSE_OBJECT) ? knownField(cursor, known) : undefined
}

function knownField(cursor: JsonCursor, known: NameTable): string | undefined {
  do {
    const key = readKey(cursor, known)
    if (key !== undefined) return key
    skipValue(cursor)
  } while (continues(cursor, CLOSE_OBJECT))
  return undefined
}

export const entersArray = (cursor: JsonCursor): boolean => enters(cursor, OPEN_ARRAY, CLOSE_ARRAY)
export const moreOfArray = (cursor: JsonCursor): boolean => continues(cursor, CLOSE_ARRAY)

export const isNull = (cursor: JsonCursor): boolean => peek(cursor) === LETTER_N

/** The string here, `undefined` when the value is no string. One beyond {@link LONGEST_TEXT_BYTES} is cut to about that. */
export function readText(cursor: JsonCursor, strings: StringInterner): string | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const seen = skipString(cursor)
  const { bytes, at: end } = cursor
  if (end - start > LONGEST_TEXT_BYTES) return bytes.toString('latin1', start + 1, start + LONGEST_TEXT_BYTES)
  return seen === 0 ? strings.intern(bytes, start + 1, end - 1) : stringText(bytes, start, end, seen)
}

/** The number from 0 to 2^64 here without its fraction, NaN when the value is no such number. */
export function readCount(cursor: JsonCursor): number {
  const first = peek(cursor)
  if (first !== MINUS && !isDigit(first)) {
    skipValue(cursor)
    return Number.NaN
  }
  const start = cursor.at
  skipNumber(cursor)
  if (cursor.at - start > LONGEST_TEXT_BYTES) return Number.NaN
  const value = Number(cursor.bytes.toString('latin1', start, cursor.at))
  return value >= 0 && value <= MAX_COUNT ? Math.trunc(value) + 0 : Number.NaN
}

/** The RFC 3339 time here in milliseconds since the epoch, NaN when the value is no time or an unknown one. */
export function readTime(cursor: JsonCursor): number {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return Number.NaN
  }
  const start = cursor.at
  const seen = skipString(cursor)
  const { bytes, at: end } = cursor
  if (end - start > LONGEST_TEXT_BYTES) return Number.NaN
  if (seen !== 0) return timeFromText(stringText(bytes, start, end, seen)) ?? Number.NaN
  return timeFromBytes(bytes, start + 1, end - 1) ?? Number.NaN
}

/** A scalar of a JSON text, or an empty object or array. */
export interface JsonValue {
  /** `fixed`: true, false, null, and an empty object or array. */
  readonly kind: 'text' | 'number' | 'fixed'
  /** The keys and array indexes that lead to it. */
  readonly path: readonly (string | number)[]
  /** Its first byte and the one after its last; of a text without its quotes. */
  readonly start: number
  readonly end: number
}

/** A pod of a Summary has half as many levels. Each value costs memory by its depth, since its path is kept. */
const DEEPEST = 16

/**
 * All scalars in the value at the cursor, in order; skips the value. `undefined` when an object has a key twice, or a
 * scalar is deeper than {@link DEEPEST} levels.
 */
export function valuesAt(cursor: JsonCursor): JsonValue[] | undefined {
  const values: JsonValue[] = []
  const { at } = cursor
  if (visit(cursor, [], values)) return values
  cursor.at = at
  skipValue(cursor)
  return undefined
}

function visit(cursor: JsonCursor, path: JsonValue['path'], into: JsonValue[]): boolean {
  if (path.length > DEEPEST) return false
  const first = peek(cursor)
  const start = cursor.at
  if (first === OPEN_OBJECT && enters(cursor, OPEN_OBJECT, CLOSE_OBJECT)) return visitObject(cursor, path, into)
  if (first === OPEN_ARRAY && enters(cursor, OPEN_ARRAY, CLOSE_ARRAY)) return visitArray(cursor, path, into)
  if (first === QUOTE) {
    skipString(cursor)
    into.push({ kind: 'text', path, start: start + 1, end: cursor.at - 1 })
    return true
  }
  // The brackets of an empty object or array have been skipped.
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) skipValue(cursor)
  into.push({ kind: first === MINUS || isDigit(first) ? 'number' : 'fixed', path, start, end: cursor.at })
  return true
}

function visitObject(cursor: JsonCursor, path: JsonValue['path'], into: JsonValue[]): boolean {
  const keys = new Set<string>()
  let count = 0
  do {
    const key = readKeyText(cursor)
    keys.add(key)
    if (keys.size !== ++count || !visit(cursor, [...path, key], into)) return false
  } while (continues(cursor, CLOSE_OBJECT))
  return true
}

function visitArray(cursor: JsonCursor, path: JsonValue['path'], into: JsonValue[]): boolean {
  let place = 0
  do {
    if (!visit(cursor, [...path, place++], into)) return false
  } while (continues(cursor, CLOSE_ARRAY))
  return true
}
