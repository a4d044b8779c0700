import type { LogRecord } from './log-record.ts'
import { escapeJson, quote } from './printable.ts'

const LETTERS = { info: 'I', warning: 'W', error: 'E' } as const

const two = (value: number): string => String(value).padStart(2, '0')

/**
 * A line as klog writes it (kubernetes/klog, internal/buffer and internal/serialize):
 * `I1122 03:08:40.123456       1 scrape:1] "message" key="value"`, in local time. In place of file and line stands
 * the room that speaks, with the line 1 that klog too writes when it does not know. Unlike klog, text of several lines
 * stays quoted on one.
 */
export function klogLine(record: LogRecord, pid: number): string {
  const at = new Date(record.timeMs)
  const date = `${two(at.getMonth() + 1)}${two(at.getDate())}`
  const micros = Math.floor((record.timeMs - Math.floor(record.timeMs / 1000) * 1000) * 1000)
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(micros).padStart(6, '0')}`
  const head = `${LETTERS[record.severity]}${date} ${time} ${String(pid).padStart(7)} ${record.source}]`
  const fields = record.fields.map(([key, value]) => ` ${key}=${shown(value)}`)
  return `${head} ${quote(record.message)}${fields.join('')}\n`
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? quote(value) : escapeJson(JSON.stringify(value) ?? 'null')
