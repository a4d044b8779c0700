import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  isDigit,
  type JsonCursor,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  peek,
  QUOTE,
  skipNumber,
  skipString,
  stringText,
} from './json-cursor.ts'
import { continues, enters, readKey, skipValue } from './json-structure.ts'
import { LONGEST_TEXT_BYTES } from './limits.ts'
import type { NameTable } from './name-table.ts'
import type { TextMemory } from './text-memory.ts'
import { timeFromBytes, timeFromText } from './rfc3339.ts'

/** Counters of the kubelet are unsigned 64 bit: what is beyond is no count. */
const MAX_COUNT = 2 ** 64
const LETTER_N = 0x6e

/**
 * The first field of the object here whose key is `known`, the cursor on its value, which must be moved over; other
 * fields are skipped. `undefined` when there is none, or the value is no object (it is moved over).
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

/** The string here, `undefined` when the value is none. One beyond {@link LONGEST_TEXT_BYTES} is cut to about that. */
export function readText(cursor: JsonCursor, texts: TextMemory): string | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const seen = skipString(cursor)
  const { bytes, at: end } = cursor
  if (end - start > LONGEST_TEXT_BYTES) return bytes.toString('latin1', start + 1, start + LONGEST_TEXT_BYTES)
  return seen === 0 ? texts.text(bytes, start + 1, end - 1) : stringText(bytes, start, end, seen)
}

/** The number from 0 to 2^64 here without its fraction, NaN when the value is none. */
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

/** The RFC 3339 time here in milliseconds since the epoch, NaN when the value is none or the time is unknown. */
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
