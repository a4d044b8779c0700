import { escapeHidden } from '../../kubernetes/go-quote.ts'

/** Text from outside on one line, with nothing hidden in it. */
export const visible = (text: string): string =>
  escapeHidden(text, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]

/** A length of time for people, to two figures or so: "340 ms", "4.2 s", "95 s", "12 min", "5 h 10 min", "3 d 4 h". */
export function spanText(ms: number): string {
  if (ms < 0) return `-${spanText(-ms)}`
  if (ms < SECOND - 0.5) return `${Math.round(ms)} ms`
  if (ms < 9950) return `${(ms / SECOND).toFixed(1)} s`
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`
}

const twoDigits = (n: number): string => String(n).padStart(2, '0')

/** As Kubernetes' components say how long they have been up: "26 hr 03 min 09 sec". */
export function uptimeText(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${Math.floor(minutes / 60)} hr ${twoDigits(minutes % 60)} min ${twoDigits(seconds % 60)} sec`
}

/** RFC 3339 to the second: "2026-01-01T12:00:00Z". */
export const rfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Go's time.UnixDate: "Thu Jan  1 12:00:00 UTC 2026". */
export function unixDate(ms: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${String(Number(date)).padStart(2)} ${time} UTC ${year}`
}

/** "1 node", "2 nodes". */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** The first lines of a page in plain text, as all of Kubernetes' z-pages have them (apiserver, pkg/server/statusz/statusz.go). */
export const textHead = (page: string): string[] => [
  '',
  `metrics-server ${page}`,
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.',
  '',
]
