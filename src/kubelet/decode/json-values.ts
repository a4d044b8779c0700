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
  skipString,
} from './json-cursor.ts'
import { continues, enters, readKeyText, skipValue } from './json-structure.ts'

/** What stands in a JSON text where no key or bracket does. */
export interface JsonValue {
  /** `fixed`: true, false, null, and an object or array without anything in it. */
  readonly kind: 'text' | 'number' | 'fixed'
  /** The keys and places in arrays that lead to it. */
  readonly path: readonly (string | number)[]
  /** Its first byte and the one after its last; of a text without its quotes. */
  readonly start: number
  readonly end: number
}

/** A pod of a Summary has half as many levels. Each value costs as much as it is deep, as its path is kept. */
const DEEPEST = 16

/**
 * All values in the one at the cursor, in their order; moves over it. `undefined` when an object has a key twice, or
 * something is deeper than {@link DEEPEST} levels.
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
  // The brackets of what is empty have been moved over.
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
