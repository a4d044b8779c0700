import { formatGoDuration } from '../../model/duration.ts'
import { metadataJson, secondsOf, timeText, writeMetadata, writeTime } from './metadata.ts'
import type { MetricsKind, MetricsRecord, MetricsSample } from './metrics-kind.ts'
import { ReverseWriter } from './reverse-writer.ts'

interface Fragment {
  readonly record: MetricsRecord
  json: Buffer | undefined
  protobuf: Buffer | undefined
}

/** The bytes of single objects, made when first asked for and kept as long as the sample that they show. */
export interface Fragments<S extends MetricsSample> {
  /** An object as it stands in a list: without kind and apiVersion. */
  json(record: MetricsRecord, sample: S): Buffer
  /** An object's message. */
  protobuf(record: MetricsRecord, sample: S): Buffer
}

/** Remembers the texts of the last time: the pods of a node mostly share one. */
function timeTexts(): (timestampMs: number) => string {
  let [lastMs, lastText] = [Number.NaN, '']
  return (timestampMs) => {
    if (timestampMs !== lastMs) [lastMs, lastText] = [timestampMs, timeText(timestampMs)]
    return lastText
  }
}

/**
 * Samples are immutable, so an object's bytes hold as long as its sample and its record (labels may change) are the same
 * objects. They go when the sample goes.
 */
export function createFragments<S extends MetricsSample>(kind: MetricsKind<S>): Fragments<S> {
  const known = new WeakMap<S, Fragment>()
  const writer = new ReverseWriter()
  const textOf = timeTexts()

  function fragmentOf(record: MetricsRecord, sample: S): Fragment {
    const found = known.get(sample)
    if (found !== undefined && found.record === record) return found
    const made: Fragment = { record, json: undefined, protobuf: undefined }
    known.set(sample, made)
    return made
  }

  function makeJson(record: MetricsRecord, sample: S): Buffer {
    const time = textOf(sample.timestampMs)
    const window = formatGoDuration(sample.windowMs)
    const metadata = metadataJson(record, time)
    return Buffer.from(
      `{"metadata":${metadata},"timestamp":"${time}","window":"${window}",${kind.contentJson(sample)}}`,
    )
  }

  function makeProtobuf(record: MetricsRecord, sample: S): Buffer {
    const seconds = secondsOf(sample.timestampMs)
    writer.reset()
    kind.writeContent(writer, sample)
    const window = writer.length
    writer.number(1, Math.round(sample.windowMs * 1e6))
    writer.message(3, window)
    writeTime(writer, 2, seconds)
    writeMetadata(writer, 1, record, seconds)
    return writer.bytes()
  }

  return {
    json(record, sample) {
      const fragment = fragmentOf(record, sample)
      fragment.json ??= makeJson(record, sample)
      return fragment.json
    },
    protobuf(record, sample) {
      const fragment = fragmentOf(record, sample)
      fragment.protobuf ??= makeProtobuf(record, sample)
      return fragment.protobuf
    },
  }
}
