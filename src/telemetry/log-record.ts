import type { LogFields } from '../model/log.ts'
import { errorText } from './error-text.ts'

/** The longest text of one field that is written. */
const MAX_TEXT = 4096

export type Severity = 'info' | 'warning' | 'error'

/** A log line before it is written in one form or another. */
export interface LogRecord {
  readonly severity: Severity
  /** Wall clock, milliseconds since the epoch. */
  readonly timeMs: number
  readonly source: string
  readonly message: string
  readonly verbosity: number
  /** In order; errors are texts already, nothing is `undefined`, and all can be written as JSON of bounded length. */
  readonly fields: readonly (readonly [key: string, value: unknown])[]
}

/** Fields as they can be written: `err` first as klog has it, errors as their chain of messages, long texts cut. */
export function fieldsOf(fields: LogFields | undefined): (readonly [string, unknown])[] {
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

/** Text of bounded length. */
export const cut = (text: string): string =>
  text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)`
