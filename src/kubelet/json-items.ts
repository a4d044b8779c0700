import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  closes,
  continues,
  type JsonCursor,
  OPEN_ARRAY,
  OPEN_OBJECT,
  peek,
  QUOTE,
  readKey,
  skipNumber,
  skipString,
  skipValue,
  stringText,
} from './json-cursor.ts'
import type { NameTable } from './name-table.ts'
import { timeFromBytes, timeFromText } from './rfc3339.ts'

/** Counters of the kubelet are unsigned 64 bit: what is beyond is no count. */
const MAX_COUNT = 2 ** 64
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COMMA = 0x2c
const SPACE = 0x20

/**
 * Reads the object here and calls `field` with the name of each known key, the cursor on its value, which it must
 * move over; other keys' values are skipped. False when the value is no object (it is skipped).
 */
export function readObject(cursor: JsonCursor, known: NameTable, field: (key: string) => void): boolean {
  if (peek(cursor) !== OPEN_OBJECT) {
    skipValue(cursor)
    return false
  }
  cursor.at++
  if (closes(cursor, CLOSE_OBJECT)) return true
  do {
    const key = readKey(cursor, known)
    if (key === undefined) skipValue(cursor)
    else field(key)
  } while (continues(cursor, CLOSE_OBJECT))
  return true
}

/** Reads the array here and calls `item` with the cursor on each of its values. False when the value is no array. */
export function readArray(cursor: JsonCursor, item: () => void): boolean {
  if (peek(cursor) !== OPEN_ARRAY) {
    skipValue(cursor)
    return false
  }
  cursor.at++
  if (closes(cursor, CLOSE_ARRAY)) return true
  do item()
  while (continues(cursor, CLOSE_ARRAY))
  return true
}

/** The string here, `undefined` when the value is none. */
export function readText(cursor: JsonCursor): string | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  return stringText(cursor, start, skipString(cursor))
}

/** The whole number from 0 to 2^64 here, `undefined` when the value is none. */
export function readCount(cursor: JsonCursor): number | undefined {
  const first = peek(cursor)
  if (first !== MINUS && !(first >= ZERO && first <= NINE)) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const plain = readPlainDigits(cursor)
  if (plain !== undefined) return plain
  skipNumber(cursor)
  const value = Number(cursor.bytes.toString('latin1', start, cursor.at))
  return Number.isInteger(value) && value >= 0 && value <= MAX_COUNT ? value + 0 : undefined
}

/** The common case: 1 to 15 digits and nothing else, which add up exactly. Leaves the cursor in any other case. */
function readPlainDigits(cursor: JsonCursor): number | undefined {
  const { bytes } = cursor
  const limit = Math.min(bytes.length, cursor.at + 16)
  let at = cursor.at
  let value = 0
  let byte = -1
  while (at < limit) {
    byte = bytes[at] as number
    if (byte < ZERO || byte > NINE) break
    value = value * 10 + (byte - ZERO)
    at++
  }
  const isPlain = (byte === COMMA || byte === CLOSE_OBJECT || byte <= SPACE) && at > cursor.at
  if (!isPlain || at === limit || (bytes[cursor.at] === ZERO && at > cursor.at + 1)) return undefined
  cursor.at = at
  return value
}

/** The RFC 3339 time here in milliseconds since the epoch, `undefined` when the value is none or before the epoch. */
export function readTime(cursor: JsonCursor): number | undefined {
  if (peek(cursor) !== QUOTE) {
    skipValue(cursor)
    return undefined
  }
  const start = cursor.at
  const seen = skipString(cursor)
  if (seen !== 0) return timeFromText(stringText(cursor, start, seen))
  return timeFromBytes(cursor.bytes, start + 1, cursor.at - 1)
}
