import { DecodeError } from './decode-error.ts'
import type { NameTable } from './name-table.ts'

/** A place in a text of the Prometheus exposition format, and the series of the line it is on. */
export interface LineCursor {
  readonly bytes: Buffer
  at: number
  /** Counts from 1. */
  line: number
  /** Where the value of each label lies, as name, start, end, triple by triple; reused from line to line. */
  readonly labels: (string | number)[]
}

/** A sample line. The labels' places are in the cursor until the next line is read. */
export interface SeriesLine {
  /** The metric's name if it is one of those asked for. */
  readonly metric: string | undefined
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly timestampMs: number | undefined
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const HASH = 0x23
const COMMA = 0x2c
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const VALUE = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)$/i
const TIMESTAMP = /^[+-]?\d{1,19}$/
/** Longer than any number that is written in earnest. */
const MAX_TOKEN = 400

function fail(cursor: LineCursor, what: string): never {
  throw new DecodeError(`no exposition format: ${what} in line ${cursor.line}`)
}

const here = ({ bytes, at }: LineCursor): number => (at < bytes.length ? (bytes[at] as number) : -1)

function skipBlanks(cursor: LineCursor): number {
  let byte = here(cursor)
  while (byte === SPACE || byte === TAB) {
    cursor.at++
    byte = here(cursor)
  }
  return byte
}

const isNameByte = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39)

/** Moves over `[a-zA-Z_][a-zA-Z0-9_]*`, with colons where `colons`. */
function skipName(cursor: LineCursor, colons: boolean): void {
  const start = cursor.at
  const first = here(cursor)
  if (first >= 0x30 && first <= 0x39) fail(cursor, 'a name begins with a digit')
  for (let byte = first; isNameByte(byte) || (colons && byte === 0x3a); byte = here(cursor)) cursor.at++
  if (cursor.at === start) fail(cursor, 'a name is missing')
}

function skipLabelValue(cursor: LineCursor): void {
  if (skipBlanks(cursor) !== QUOTE) fail(cursor, 'a label value is missing')
  cursor.at++
  for (let byte = here(cursor); byte !== QUOTE; byte = here(cursor)) {
    if (byte === -1 || byte === LF) fail(cursor, 'a label value has no end')
    cursor.at += byte === BACKSLASH ? 2 : 1
  }
  cursor.at++
}

function readLabels(cursor: LineCursor, known: NameTable): void {
  cursor.at++
  while (skipBlanks(cursor) !== CLOSE) {
    const start = cursor.at
    skipName(cursor, false)
    const name = known.match(cursor.bytes, start, cursor.at)
    if (skipBlanks(cursor) !== EQUALS) fail(cursor, 'an equals sign is missing')
    cursor.at++
    skipBlanks(cursor)
    const valueStart = cursor.at
    skipLabelValue(cursor)
    if (name !== undefined) cursor.labels.push(name, valueStart + 1, cursor.at - 1)
    const next = skipBlanks(cursor)
    if (next === COMMA) cursor.at++
    else if (next !== CLOSE) fail(cursor, 'a comma or a closing brace is missing')
  }
  cursor.at++
}

function readToken(cursor: LineCursor): string {
  const start = cursor.at
  for (let byte = here(cursor); byte > SPACE && byte !== HASH; byte = here(cursor)) cursor.at++
  if (cursor.at - start > MAX_TOKEN) fail(cursor, 'a number is too long')
  return cursor.bytes.toString('latin1', start, cursor.at)
}

/** Moves to the next line. An exemplar or a comment may stand at the end of a line; neither is of interest here. */
function endLine(cursor: LineCursor): void {
  if (skipBlanks(cursor) === HASH) {
    skipLine(cursor)
    return
  }
  if (here(cursor) === CR) cursor.at++
  if (here(cursor) !== LF) fail(cursor, here(cursor) === -1 ? 'the answer ends' : 'something unexpected')
  cursor.at++
  cursor.line++
}

function skipLine(cursor: LineCursor): void {
  const end = cursor.bytes.indexOf(LF, cursor.at)
  if (end < 0) fail(cursor, 'the answer ends')
  cursor.at = end + 1
  cursor.line++
}

/**
 * Reads up to and with the next line that holds a series; `undefined` at the end.
 *
 * The text format 0.0.4 (prometheus/docs, content/docs/instrumenting/exposition_formats.md), with CRLF as line end and
 * exemplars put up with. As that format says, the last line must end with a line feed: without one it may be cut.
 * @throws DecodeError that names the line.
 */
export function nextSeries(cursor: LineCursor, metrics: NameTable, labels: NameTable): SeriesLine | undefined {
  for (;;) {
    const first = skipBlanks(cursor)
    if (first === -1) return undefined
    if (first === HASH) skipLine(cursor)
    else if (first === LF || first === CR) endLine(cursor)
    else return readSeries(cursor, metrics, labels)
  }
}

function readSeries(cursor: LineCursor, metrics: NameTable, labels: NameTable): SeriesLine {
  const start = cursor.at
  skipName(cursor, true)
  const metric = metrics.match(cursor.bytes, start, cursor.at)
  cursor.labels.length = 0
  if (skipBlanks(cursor) === OPEN) readLabels(cursor, labels)
  skipBlanks(cursor)
  const value = readToken(cursor)
  if (!VALUE.test(value)) fail(cursor, 'no number is the value')
  skipBlanks(cursor)
  const timestamp = readToken(cursor)
  if (timestamp !== '' && !TIMESTAMP.test(timestamp)) fail(cursor, 'no whole number is the timestamp')
  endLine(cursor)
  return { metric, value, timestampMs: timestamp === '' ? undefined : Number(timestamp) }
}

const UNESCAPED: ReadonlyMap<string, string> = new Map([
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\n', '\n'],
])

/** The value of a label on the line read last; of one that comes twice the last. Empty when there is none. */
export function labelText({ bytes, labels }: LineCursor, name: string): string {
  for (let i = labels.length - 3; i >= 0; i -= 3) {
    if (labels[i] !== name) continue
    const text = bytes.toString('utf8', labels[i + 1] as number, labels[i + 2] as number)
    return text.includes('\\') ? text.replace(/\\[\\"n]/g, (found) => UNESCAPED.get(found) ?? found) : text
  }
  return ''
}
