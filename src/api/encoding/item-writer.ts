import { formatGoDuration } from '../../model/duration.ts'
import type { Labels } from '../../model/labels.ts'
import { labelsJson, metadataJson, secondsOf, timeText, writeMetadata, writeTime } from './metadata.ts'
import type { MetricsKind, MetricsRecord, MetricsSample } from './metrics-kind.ts'
import type { ReverseWriter } from './reverse-writer.ts'

/** Writes single objects. One a server, because it remembers what it wrote. */
export interface ItemWriter<S extends MetricsSample> {
  /** An object as it stands in a list: without kind and apiVersion. */
  json(record: MetricsRecord, sample: S): string
  /** The fields of an object's message. */
  writeProtobuf(writer: ReverseWriter, record: MetricsRecord, sample: S): void
}

/** Remembers the last text: neighbours in a list mostly have the same labels, which then are one object (cluster's pool). */
function labelTexts(): (labels: Labels) => string {
  let last: Labels | undefined
  let text = ''
  return (labels) => {
    if (labels !== last) text = labelsJson(labels)
    last = labels
    return text
  }
}

/** Several times the seconds in which all nodes have been asked. */
const REMEMBERED_SECONDS = 256

/** Remembers the texts of times: a whole list has few, as the API cuts them to seconds. */
function timeTexts(): (timestampMs: number) => string {
  const texts = new Map<number, string>()
  return (timestampMs) => {
    const seconds = secondsOf(timestampMs)
    const known = texts.get(seconds)
    if (known !== undefined) return known
    if (texts.size >= REMEMBERED_SECONDS) texts.clear()
    const text = timeText(timestampMs)
    texts.set(seconds, text)
    return text
  }
}

export function createItemWriter<S extends MetricsSample>(kind: MetricsKind<S>): ItemWriter<S> {
  const timeOf = timeTexts()
  const labelsOf = labelTexts()
  return {
    json(record, sample) {
      const time = timeOf(sample.timestampMs)
      const metadata = metadataJson(record, time, labelsOf(record.labels))
      const content = kind.contentJson(sample)
      return `{"metadata":${metadata},"timestamp":"${time}","window":"${formatGoDuration(sample.windowMs)}",${content}}`
    },
    writeProtobuf(writer, record, sample) {
      const seconds = secondsOf(sample.timestampMs)
      kind.writeContent(writer, sample)
      const window = writer.length
      writer.number(1, Math.round(sample.windowMs * 1e6))
      writer.message(3, window)
      writeTime(writer, 2, seconds)
      writeMetadata(writer, 1, record, seconds)
    },
  }
}
