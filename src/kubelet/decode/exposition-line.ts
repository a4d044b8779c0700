import { DecodeError, LONGEST_TEXT_BYTES, MOST_LABEL_BYTES } from './response-reader.ts'
import { knownTime } from './rfc3339.ts'
import type { NameTable, StringInterner } from './string-interner.ts'

/** A position in a text of the Prometheus exposition format, with the labels of its line. */
export interface LineCursor {
  readonly bytes: Buffer
  at: number
  /** Counts from 1. */
  line: number
  /** Whether the text is known to be whole. If not, it may have been cut in its last line where that has no line feed. */
  readonly isWhole: boolean
  /** Where the name of each label and its value lie: name's start and end, value's start and end; reused from line to line. */
  readonly labels: number[]
}

/** A sample line. The cursor has the positions of its labels until the next line is read. */
export interface SeriesLine {
  /** One of the metrics that are read. */
  readonly metric: string
  readonly value: string
  /** Milliseconds since the epoch; `undefined` when it is missing or unknown. */
  readonly timestampMs: number | undefined
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const HASH = 0x23
const COMMA = 0x2c
const COLON = 0x3a
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d
const VALUE = /^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)$/i
/** Longer than any real number. */
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

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
const isNameByte = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x5f || isDigit(byte)

/** Moves over `[a-zA-Z_][a-zA-Z0-9_]*`, with colons where `colons`. */
function skipName(cursor: LineCursor, colons: boolean): void {
  const { bytes } = cursor
  const end = bytes.length
  const start = cursor.at
  if (isDigit(here(cursor))) fail(cursor, 'a name begins with a digit')
  let at = start
  while (at < end && (isNameByte(bytes[at] as number) || (colons && bytes[at] === COLON))) at++
  cursor.at = at
  if (at === start) fail(cursor, 'a name is missing')
}

/** Moves over a quoted text. */
function skipQuoted(cursor: LineCursor): void {
  const { bytes } = cursor
  const end = bytes.length
  let at = cursor.at + 1
  while (at < end) {
    const byte = bytes[at] as number
    if (byte === QUOTE) {
      cursor.at = at + 1
      return
    }
    if (byte === LF) break
    at += byte === BACKSLASH && bytes[at + 1] !== LF ? 2 : 1
  }
  fail(cursor, 'a quoted text has no end')
}

/**
 * Reads what is in braces: labels, and since Prometheus 3 names in quotes, of labels and of the metric
 * (prometheus/proposals, 0028-utf8). Gives the metric's name if it is here and one of `metrics`.
 */
function readBraces(cursor: LineCursor, metrics: NameTable): string | undefined {
  const begin = cursor.at++
  let metric: string | undefined
  while (skipBlanks(cursor) !== CLOSE) {
    if (cursor.at - begin > MOST_LABEL_BYTES) fail(cursor, `more than ${MOST_LABEL_BYTES} bytes of labels`)
    const isQuoted = here(cursor) === QUOTE
    const start = isQuoted ? cursor.at + 1 : cursor.at
    if (isQuoted) skipQuoted(cursor)
    else skipName(cursor, false)
    const end = isQuoted ? cursor.at - 1 : cursor.at
    if (skipBlanks(cursor) === EQUALS) {
      cursor.at++
      if (skipBlanks(cursor) !== QUOTE) fail(cursor, 'a label value is missing')
      const valueStart = cursor.at + 1
      skipQuoted(cursor)
      cursor.labels.push(start, end, valueStart, cursor.at - 1)
    } else if (isQuoted) metric = metrics.match(cursor.bytes, start, end)
    else fail(cursor, 'an equals sign is missing')
    const next = skipBlanks(cursor)
    if (next === COMMA) cursor.at++
    else if (next !== CLOSE) fail(cursor, 'a comma or a closing brace is missing')
  }
  cursor.at++
  return metric
}

function readToken(cursor: LineCursor): string {
  const { bytes } = cursor
  const start = cursor.at
  const end = Math.min(bytes.length, start + MAX_TOKEN + 1)
  let at = start
  while (at < end && (bytes[at] as number) > SPACE && bytes[at] !== HASH) at++
  cursor.at = at
  if (at - start > MAX_TOKEN) fail(cursor, 'a number is too long')
  return bytes.toString('latin1', start, at)
}

/** Milliseconds, or the seconds of OpenMetrics: what is a time in one of the two is none in the other. */
function timestampOf(cursor: LineCursor, text: string): number | undefined {
  if (text === '') return undefined
  if (!VALUE.test(text)) return fail(cursor, 'no number is the timestamp')
  return knownTime(Number(text)) ?? knownTime(Math.round(Number(text) * 1000))
}

/** Moves to the next line. An exemplar or a comment may stand at the end of a line; neither is of interest here. */
function endLine(cursor: LineCursor): void {
  if (skipBlanks(cursor) === HASH) {
    skipLine(cursor)
    return
  }
  if (here(cursor) === CR) cursor.at++
  if (here(cursor) === -1) endText(cursor)
  else if (here(cursor) !== LF) fail(cursor, 'something unexpected')
  else {
    cursor.at++
    cursor.line++
  }
}

function skipLine(cursor: LineCursor): void {
  const end = cursor.bytes.indexOf(LF, cursor.at)
  if (end < 0) {
    cursor.at = cursor.bytes.length
    endText(cursor)
    return
  }
  cursor.at = end + 1
  cursor.line++
}

/** The format demands a line feed at the end of the last line, but not all writers know. */
function endText(cursor: LineCursor): void {
  if (!cursor.isWhole) fail(cursor, 'the answer ends')
}

/**
 * Reads up to and with the next line that holds a series of one of `metrics`; `undefined` at the end, and from byte `until`
 * on. Lines of other metrics are skipped unread.
 *
 * The text format 0.0.4 (prometheus/docs, content/docs/instrumenting/exposition_formats.md), with what OpenMetrics, Prometheus 3
 * and Windows write besides: quoted names, exemplars, seconds as timestamps, CRLF.
 * @throws DecodeError that names the line.
 */
export function nextSeries(cursor: LineCursor, metrics: NameTable, until: number): SeriesLine | undefined {
  while (cursor.at < until) {
    const first = skipBlanks(cursor)
    if (first === -1) return undefined
    if (first === HASH) skipLine(cursor)
    else if (first === LF || first === CR) endLine(cursor)
    else {
      const series = readSeries(cursor, metrics)
      if (series !== undefined) return series
    }
  }
  return undefined
}

function readSeries(cursor: LineCursor, metrics: NameTable): SeriesLine | undefined {
  cursor.labels.length = 0
  let metric: string | undefined
  if (here(cursor) === OPEN) metric = readBraces(cursor, metrics)
  else {
    const start = cursor.at
    skipName(cursor, true)
    metric = metrics.match(cursor.bytes, start, cursor.at)
    if (metric !== undefined && skipBlanks(cursor) === OPEN) readBraces(cursor, metrics)
  }
  if (metric === undefined) {
    skipLine(cursor)
    return undefined
  }
  skipBlanks(cursor)
  const value = readToken(cursor)
  if (!VALUE.test(value)) fail(cursor, 'no number is the value')
  skipBlanks(cursor)
  const timestampMs = timestampOf(cursor, readToken(cursor))
  endLine(cursor)
  return { metric, value, timestampMs }
}

const UNESCAPED: ReadonlyMap<string, string> = new Map([
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\n', '\n'],
])

/** The text from `start` to `end`, as it stood in quotes. One beyond {@link LONGEST_TEXT_BYTES} is cut to about that. */
export function quotedText({ bytes }: LineCursor, start: number, end: number, strings: StringInterner): string {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte > 0x7f || byte === BACKSLASH)
      return unescaped(bytes.toString('utf8', start, Math.min(end, start + LONGEST_TEXT_BYTES)))
  }
  return strings.intern(bytes, start, Math.min(end, start + LONGEST_TEXT_BYTES))
}

const unescaped = (text: string): string => text.replace(/\\[\\"n]/g, (found) => UNESCAPED.get(found) ?? found)
