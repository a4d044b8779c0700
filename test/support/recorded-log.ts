import type { FaultLog, Logger } from '../../src/model/log.ts'

export interface RecordedFaults extends FaultLog {
  /** What is at fault now: key and message. */
  readonly present: ReadonlyMap<string, string>
  /** All that was reported, oldest first. */
  readonly reported: readonly string[]
}

export function recordFaults(): RecordedFaults {
  const present = new Map<string, string>()
  const reported: string[] = []
  return {
    present,
    reported,
    report(key, message) {
      present.set(key, message)
      reported.push(`${key}: ${message}`)
    },
    resolve: (key) => void present.delete(key),
    forget: (key) => void present.delete(key),
  }
}

export interface RecordedLog extends Logger {
  readonly lines: readonly string[]
}

export function recordLog(): RecordedLog {
  const lines: string[] = []
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`)
  return { lines, error: write, warn: write, info: write, verbose: (_level, message, fields) => write(message, fields) }
}
