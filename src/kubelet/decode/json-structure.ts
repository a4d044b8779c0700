import { DecodeError } from './decode-error.ts'
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  ESCAPED,
  fail,
  isDigit,
  type JsonCursor,
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  peek,
  QUOTE,
  skipNumber,
  skipString,
  skipWord,
  stringText,
} from './json-cursor.ts'
import { MAX_DEPTH, MOST_PART_BYTES } from './limits.ts'
import type { NameTable } from './name-table.ts'

const COMMA = 0x2c
const COLON = 0x3a

/** Moves over the value that begins here, whatever it is. */
export function skipValue(cursor: JsonCursor, depth = 0): void {
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
 * Moves to the first item of the object or array here, which `open` and `close` are the brackets of. False when it has
 * none (then it is moved over); a value of another kind is skipped.
 */
export function enters(cursor: JsonCursor, open: number, close: number): boolean {
  if (peek(cursor) !== open) {
    skipValue(cursor)
    return false
  }
  cursor.at++
  return !closes(cursor, close)
}

/** Moves over the closing bracket if it comes next. */
export function closes(cursor: JsonCursor, close: number): boolean {
  if (peek(cursor) !== close) return false
  cursor.at++
  return true
}

/** Moves over the comma or the closing bracket after an item: true when another item must follow. */
export function continues(cursor: JsonCursor, close: number): boolean {
  const byte = peek(cursor)
  if (byte !== COMMA && byte !== close) fail(cursor, 'a comma or a closing bracket is missing')
  if (cursor.at > cursor.limit) throw new DecodeError(`it has a value of more than ${MOST_PART_BYTES} bytes`)
  cursor.at++
  return byte === COMMA
}

/** Moves over a key and its colon. Gives the name of `known` that it is, `undefined` for any other. */
export function readKey(cursor: JsonCursor, known: NameTable | undefined): string | undefined {
  const start = peekKey(cursor)
  const seen = skipString(cursor)
  const end = cursor.at
  skipColon(cursor)
  if (known === undefined) return undefined
  if ((seen & ESCAPED) === 0) return known.match(cursor.bytes, start + 1, end - 1)
  const name = stringText(cursor.bytes, start, end, seen)
  return known.has(name) ? name : undefined
}

/** Moves over a key and its colon, and gives the key. */
export function readKeyText(cursor: JsonCursor): string {
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
