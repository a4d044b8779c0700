import { formatGoDuration } from '../../model/duration.ts'
import type { Labels } from '../../model/labels.ts'
import { labelsJson, metadataJson, secondsOf, timeText, writeMetadata, writeTime } from './metadata.ts'
import type { MetricsKind, MetricsRecord, MetricsSample } from './metrics-kind.ts'
import type { ReverseWriter } from './reverse-writer.ts'

/** Writes single objects. One a server, because it remembers what it wrote last. */
export interface ItemWriter<S extends MetricsSample> {
  /** An object as it stands in a list: without kind and apiVersion. */
  json(record: MetricsRecord, sample: S): string
  /** The fields of an object's message. */
  writeProtobuf(writer: ReverseWriter, record: MetricsRecord, sample: S): void
}

/** Remembers the last text that was made: neighbours in a list mostly share their labels, their time or their window. */
function remembering<T>(make: (from: T) => string): (from: T) => string {
  let last: { readonly from: T; readonly text: string } | undefined
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, text: make(from) }
    return last.text
  }
}

export function createItemWriter<S extends MetricsSample>(kind: MetricsKind<S>): ItemWriter<S> {
  const timeOf = remembering(timeText)
  const windowOf = remembering(formatGoDuration)
  // Equal sets of labels are one object (cluster's label pool), so that comparing them costs nothing.
  const labelsOf = remembering<Labels>(labelsJson)
  return {
    json(record, sample) {
      const time = timeOf(sample.timestampMs)
      const metadata = metadataJson(record, time, labelsOf(record.labels))
      const content = kind.contentJson(sample)
      return `{"metadata":${metadata},"timestamp":"${time}","window":"${windowOf(sample.windowMs)}",${content}}`
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
