import type { FaultLog, LogFields, Logger } from '../../src/model/log.ts'
import { errorText } from '../../src/telemetry/logging/error-text.ts'

export interface RecordedLine {
  readonly message: string
  readonly fields: LogFields | undefined
}

/** A log that keeps what is written. */
export interface RecordingLog extends Logger {
  readonly lines: readonly RecordedLine[]
}

export function createRecordingLog(): RecordingLog {
  const lines: RecordedLine[] = []
  const write = (message: string, fields?: LogFields) => void lines.push({ message, fields })
  return {
    lines,
    error: write,
    warn: write,
    info: write,
    verbose: (_, message, fields) => write(message, typeof fields === 'function' ? fields() : fields),
  }
}

/** Faults that last, "message: err" by key, and all that was ever reported. */
export interface RecordingFaults extends FaultLog {
  readonly open: ReadonlyMap<string, string>
  readonly reported: readonly RecordedLine[]
}

export function createRecordingFaults(): RecordingFaults {
  const open = new Map<string, string>()
  const reported: RecordedLine[] = []
  return {
    open,
    reported,
    report(key, message, fields) {
      open.set(key, fields?.err === undefined ? message : `${message}: ${errorText(fields.err)}`)
      reported.push({ message, fields })
    },
    resolve: (key) => void open.delete(key),
    forget: (key) => void open.delete(key),
  }
}
