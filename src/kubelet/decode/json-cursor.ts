import { DecodeError } from './decode-error.ts'

/**
 * A place in a JSON text of bytes. The functions over it accept exactly what `JSON.parse` accepts of the same text
 * (up to MAX_DEPTH) and make values only of what is asked for: what is skipped leaves no garbage, and a
 * hostile answer cannot blow up into objects.
 */
export interface JsonCursor {
  bytes: Buffer
  at: number
  /** No value may reach far beyond this byte: what cannot be interrupted must not take long. */
  limit: number
}

export const cursorOf = (bytes: Buffer, at = 0): JsonCursor => ({ bytes, at, limit: bytes.length })

export const ESCAPED = 0x100
const NON_ASCII = 0x80
export const QUOTE = 0x22
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
export const MINUS = 0x2d
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

/** Moves over white space and gives the byte there, -1 at the end. */
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

// Reading beyond the end is well defined, but takes the loops off the engine's fast path.
const byteHere = ({ bytes, at }: JsonCursor): number => (at < bytes.length ? (bytes[at] as number) : -1)

export const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
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

/** Moves over the string that begins here; says in bits whether it has escapes and bytes beyond ASCII. */
export function skipString(cursor: JsonCursor): number {
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

/** The text of the string from `start` (its first quote) to `end`, as {@link skipString} went over it. */
export function stringText(bytes: Buffer, start: number, end: number, seen: number): string {
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

/** Moves over the number that begins here, of JSON's grammar. */
export function skipNumber(cursor: JsonCursor): void {
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

export function skipWord(cursor: JsonCursor, word: string): void {
  for (let i = 0; i < word.length; i++)
    if (cursor.bytes[cursor.at + i] !== word.charCodeAt(i)) fail(cursor, 'no value begins')
  cursor.at += word.length
}
