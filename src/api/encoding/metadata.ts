import type { Labels } from '../../model/labels.ts'
import { jsonString } from './json-text.ts'
import type { MetricsRecord } from './metrics-kind.ts'
import type { ReverseWriter } from './reverse-writer.ts'

/** 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
const LAST_SECOND = 253402300799

/** Whole seconds since the epoch, as every time of the API is cut to (apimachinery, meta/v1 Time). */
export function secondsOf(timestampMs: number): number {
  return Math.min(Math.max(Math.floor(timestampMs / 1000), 0), LAST_SECOND)
}

/** A moment as JSON shows it: "2026-11-22T02:22:40Z". */
export function timeText(timestampMs: number): string {
  return new Date(secondsOf(timestampMs) * 1000).toISOString().replace('.000', '')
}

/** Labels as a member of an ObjectMeta, with the comma before it; nothing when there are none. */
export function labelsJson(labels: Labels): string {
  let pairs = ''
  for (let i = 0; i < labels.length; i += 2) {
    pairs += `${i === 0 ? '' : ','}${jsonString(labels[i] ?? '')}:${jsonString(labels[i + 1] ?? '')}`
  }
  return pairs === '' ? '' : `,"labels":{${pairs}}`
}

/**
 * ObjectMeta as JSON, in the order of Go's fields; the creation is the sample's time.
 * @param labels as {@link labelsJson} writes them.
 */
export function metadataJson({ name, namespace }: MetricsRecord, time: string, labels: string): string {
  const scope = namespace === undefined || namespace === '' ? '' : `,"namespace":${jsonString(namespace)}`
  return `{"name":${jsonString(name)}${scope},"creationTimestamp":"${time}"${labels}}`
}

/** Time (or Timestamp) as message `field`: seconds, and nanoseconds, which are always 0. */
export function writeTime(writer: ReverseWriter, field: number, seconds: number): void {
  const end = writer.length
  writer.number(2, 0)
  writer.number(1, seconds)
  writer.message(field, end)
}

/**
 * ObjectMeta as message `field`. Fields that are no pointers in Go are written although they are empty (apimachinery,
 * pkg/apis/meta/v1/generated.pb.go).
 * @param seconds of the creation; `undefined` writes the empty message of Go's zero time.
 */
export function writeMetadata(
  writer: ReverseWriter,
  field: number,
  { name, namespace, labels }: MetricsRecord,
  seconds: number | undefined,
): void {
  const end = writer.length
  for (let i = labels.length - 2; i >= 0; i -= 2) {
    const pair = writer.length
    writer.string(2, labels[i + 1] ?? '')
    writer.string(1, labels[i] ?? '')
    writer.message(11, pair)
  }
  if (seconds === undefined) writer.messageHead(8, 0)
  else writeTime(writer, 8, seconds)
  writer.number(7, 0)
  writer.string(6, '')
  writer.string(5, '')
  writer.string(4, '')
  writer.string(3, namespace ?? '')
  writer.string(2, '')
  writer.string(1, name)
  writer.message(field, end)
}

/** ListMeta as message `field`: its three strings, all empty. */
export function writeListMeta(writer: ReverseWriter, field: number): void {
  const end = writer.length
  writer.string(3, '')
  writer.string(2, '')
  writer.string(1, '')
  writer.message(field, end)
}
