import { pino } from 'pino'
import type { Clock } from '../model/clock.ts'
import type { LogFields, Logger } from '../model/log.ts'
import { klogLine } from './klog-line.ts'
import { cut, fieldsOf, type LogRecord, type Severity } from './log-record.ts'
import { escapeJson } from './printable.ts'

export interface LoggerSettings {
  readonly format: 'text' | 'json'
  /** `--v`: what is said at a higher level is not written. */
  readonly verbosity: number
  /** Takes one whole line, its line break included. */
  readonly write: (line: string) => void
  readonly clock: Pick<Clock, 'wallMs'>
  /** Process id for the text form. */
  readonly pid?: number
}

/** A log whose lines name the room that speaks. */
export interface RoomLogger extends Logger {
  /** The same log, speaking for another room. */
  room(name: string): Logger
}

/**
 * Makes the log. Text has klog's form, JSON that of component-base's JSON log (logs/json/json.go):
 * `{"severity":"info","ts":1700000000000.5,"caller":"scrape:1","msg":"…","v":0,"node":"a"}`, errors with `err` and
 * without `v`; `severity` is ours, because without it a warning looks like any other line.
 * No line ever holds a raw line break or control character, whatever a field brings.
 */
export function createLogger(settings: LoggerSettings): RoomLogger {
  const write = settings.format === 'json' ? jsonWriter(settings.write) : textWriter(settings)

  function speaker(room: string): Logger {
    const source = `${room}:1`
    const say = (severity: Severity, message: string, fields: LogFields | undefined, verbosity = 0) =>
      write({
        severity,
        timeMs: settings.clock.wallMs(),
        source,
        message: cut(message),
        verbosity,
        fields: fieldsOf(fields),
      })
    return {
      error: (message, fields) => say('error', message, fields),
      warn: (message, fields) => say('warning', message, fields),
      info: (message, fields) => say('info', message, fields),
      verbose(level, message, fields) {
        if (level <= settings.verbosity) say('info', message, fields, level)
      },
    }
  }
  return { ...speaker('server'), room: speaker }
}

const textWriter = (settings: LoggerSettings) => (record: LogRecord) =>
  settings.write(klogLine(record, settings.pid ?? 0))

const severityOf = (level: string) => ({ severity: level === 'warn' ? 'warning' : level })

/** pino writes the severity and what it is given, in that order: no time, process id or host name of its own. */
function jsonWriter(write: (line: string) => void): (record: LogRecord) => void {
  const log = pino(
    { base: null, timestamp: false, formatters: { level: severityOf } },
    { write: (line: string) => write(`${escapeJson(line.trimEnd())}\n`) },
  )
  return ({ severity, timeMs, source, message, verbosity, fields }) => {
    const head = { ts: timeMs, caller: source, msg: message }
    const line = severity === 'error' ? head : { ...head, v: verbosity }
    log[severity === 'warning' ? 'warn' : severity]({ ...line, ...Object.fromEntries(fields) })
  }
}
