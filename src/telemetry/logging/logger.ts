import { pino } from 'pino'
import type { Clock } from '../../model/clock.ts'
import { escapeHidden, goQuote } from '../../kubernetes/go-quote.ts'
import type { LogFields, Logger } from '../../model/log.ts'
import { createCallerFinder } from './caller.ts'
import { errorText } from './error-text.ts'

export interface LoggerSettings {
  readonly format: 'text' | 'json'
  /** `--v`: what is logged at a higher level is not written. */
  readonly verbosity: number
  /** Takes one whole line, its line break included. */
  readonly write: (line: string) => void
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>
  /** Process id for the text form. */
  readonly pid?: number
}

type Severity = 'info' | 'warning' | 'error'

/** A log line before it is written in one form or another. */
interface LogRecord {
  readonly severity: Severity
  /** Wall clock, milliseconds since the epoch, with fractions. */
  readonly timeMs: number
  /** The file and line that logs: "scrape/node-loop.js:155". */
  readonly caller: string
  readonly message: string
  readonly verbosity: number
  /** In order; errors are texts already, nothing is `undefined`, and all can be written as JSON of bounded length. */
  readonly fields: readonly (readonly [key: string, value: unknown])[]
}

/**
 * Makes the log. Text has klog's form, JSON that of component-base's JSON log (logs/json/json.go):
 * `{"severity":"info","ts":1700000000000.5,"caller":"scrape/scraper.js:60","msg":"…","v":0,"node":"a"}`, errors with `err`
 * and without `v`; `severity` is ours, because without it a warning looks like any other line.
 * No line ever holds a raw line break or control character, whatever a field brings.
 */
export function createLogger(settings: LoggerSettings): Logger {
  const write = settings.format === 'json' ? jsonWriter(settings.write) : textWriter(settings)
  const now = preciseTime(settings.clock)
  const caller = createCallerFinder()

  function log(severity: Severity, message: string, fields: LogFields | undefined, verbosity = 0): void {
    write({ severity, timeMs: now(), caller: caller(), message: cut(message), verbosity, fields: fieldsOf(fields) })
  }
  return {
    error: (message, fields) => log('error', message, fields),
    warn: (message, fields) => log('warning', message, fields),
    info: (message, fields) => log('info', message, fields),
    verbose(level, message, fields) {
      if (level <= settings.verbosity) log('info', message, typeof fields === 'function' ? fields() : fields, level)
    },
  }
}

/**
 * The wall clock with microseconds, which it does not give by itself: it is read on by the monotonic clock, within the
 * millisecond that the wall clock says.
 */
function preciseTime({ wallMs, monotonicMs }: LoggerSettings['clock']): () => number {
  let offsetMs = performance.timeOrigin
  return () => {
    const wall = wallMs()
    const monotonic = monotonicMs()
    const isWithin = monotonic + offsetMs >= wall && monotonic + offsetMs < wall + 1
    if (!isWithin) offsetMs = wall - monotonic
    return monotonic + offsetMs
  }
}

/** The longest text of one field that is written. */
const MAX_TEXT = 4096

/** Fields as they can be written: `err` first as klog has it, errors as their chain of messages, long texts cut. */
function fieldsOf(fields: LogFields | undefined): (readonly [string, unknown])[] {
  if (fields === undefined) return []
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  const ordered = [...known.filter(([key]) => key === 'err'), ...known.filter(([key]) => key !== 'err')]
  return ordered.map(([key, value]) => [key, writable(key, value)])
}

function writable(key: string, value: unknown): unknown {
  if (key === 'err' || value instanceof Error) return cut(errorText(value))
  if (typeof value === 'string') return cut(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid time' : value.toISOString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Map || value instanceof Set) return bounded([...value])
  return typeof value === 'object' && value !== null ? bounded(value) : value
}

/** An object or list as it is, unless its JSON is too long or cannot be made. */
function bounded(value: object): unknown {
  try {
    const json = JSON.stringify(value)
    return json.length <= MAX_TEXT ? value : cut(json)
  } catch {
    return '(cannot be shown)'
  }
}

const cut = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)`

const LETTERS = { info: 'I', warning: 'W', error: 'E' } as const

const two = (value: number): string => String(value).padStart(2, '0')

/**
 * A line as klog writes it (kubernetes/klog, internal/buffer and internal/serialize):
 * `I1122 03:08:40.123456       1 scrape/scraper.js:60] "message" key="value"`, in local time. Unlike klog, text of several
 * lines stays quoted on one.
 */
function klogLine(record: LogRecord, pid: number): string {
  const at = new Date(record.timeMs)
  const date = `${two(at.getMonth() + 1)}${two(at.getDate())}`
  const micros = Math.floor((record.timeMs - Math.floor(record.timeMs / 1000) * 1000) * 1000)
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(micros).padStart(6, '0')}`
  const head = `${LETTERS[record.severity]}${date} ${time} ${String(pid).padStart(7)} ${record.caller}]`
  const fields = record.fields.map(([key, value]) => ` ${key}=${fieldText(value)}`)
  return `${head} ${goQuote(record.message)}${fields.join('')}\n`
}

const fieldText = (value: unknown): string =>
  typeof value === 'string' ? goQuote(value) : escapeJson(JSON.stringify(value) ?? 'null')

const textWriter = (settings: LoggerSettings) => (record: LogRecord) =>
  settings.write(klogLine(record, settings.pid ?? 0))

/** Escapes in JSON what JSON lets through raw and a terminal might obey; the text stays the same JSON. */
function escapeJson(json: string): string {
  return escapeHidden(json, (char) => {
    const units = [...Array(char.length).keys()].map((i) => char.charCodeAt(i))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}

const severityOf = (level: string) => ({ severity: level === 'warn' ? 'warning' : level })

/** pino writes the severity and what it is given, in that order: no time, process id or host name of its own. */
function jsonWriter(write: (line: string) => void): (record: LogRecord) => void {
  const log = pino(
    { base: null, timestamp: false, formatters: { level: severityOf } },
    { write: (line: string) => write(`${escapeJson(line.trimEnd())}\n`) },
  )
  return ({ severity, timeMs, caller, message, verbosity, fields }) => {
    const head = { ts: timeMs, caller, msg: message }
    const line = severity === 'error' ? head : { ...head, v: verbosity }
    log[severity === 'warning' ? 'warn' : severity]({ ...line, ...Object.fromEntries(fields) })
  }
}
