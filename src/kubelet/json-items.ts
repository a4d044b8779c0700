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
import type { NameTable } from './name-table.ts'
import type { TextMemory } from './text-memory.ts'
import { timeFromBytes, timeFromText } from './rfc3339.ts'

/** Counters of the kubelet are unsigned 64 bit: what is beyond is no count. */
const MAX_COUNT = 2 ** 64

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

/** The string here, `undefined` when the value is none. */
export function readText(cursor: JsonCursor, texts: TextMemory): string | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const seen = skipString(cursor)
  return seen === 0
    ? texts.text(cursor.bytes, start + 1, cursor.at - 1)
    : stringText(cursor.bytes, start, cursor.at, seen)
}

/** The whole number from 0 to 2^64 here, `undefined` when the value is none. */
export function readCount(cursor: JsonCursor): number | undefined {
  const first = peek(cursor)
  if (first !== MINUS && !isDigit(first)) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  skipNumber(cursor)
  const value = Number(cursor.bytes.toString('latin1', start, cursor.at))
  return Number.isInteger(value) && value >= 0 && value <= MAX_COUNT ? value + 0 : undefined
}

/** The RFC 3339 time here in milliseconds since the epoch, `undefined` when the value is none or before the epoch. */
export function readTime(cursor: JsonCursor): number | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const seen = skipString(cursor)
  if (seen !== 0) return timeFromText(stringText(cursor.bytes, start, cursor.at, seen))
  return timeFromBytes(cursor.bytes, start + 1, cursor.at - 1)
}
