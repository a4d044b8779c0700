import type { UsageWatch } from '../options.ts'
import type { Clock } from '../../model/clock.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'

/** Bytes that are kept and sent. */
export interface HeldBytes {
  readonly bytes: Buffer
  /** How many hold them for longer than until the next chunk is asked for. While there are any, the bytes do not change. */
  holders: number
}

/** The bytes of objects that are neighbours in a list. */
export interface Chunk extends HeldBytes {
  readonly records: readonly MetricsRecord[]
  /** When each of them was measured, milliseconds since the epoch; NaN for those that are not served. */
  readonly timestampsMs: readonly number[]
  /** Where in the bytes each of them ends. */
  readonly ends: readonly number[]
}

/** Memory is given out in these steps: an object that has become a little longer still fits where it was. */
const STEP_BYTES = 256

/** Keeps a chunk up to date: writes those of its objects that were measured anew, and copies the others. */
class ChunkEncoder<R extends MetricsRecord, S extends MetricsSample> {
  readonly #records: readonly R[]
  readonly #watch: UsageWatch<S>
  #chunk: Chunk
  #memory = Buffer.alloc(0)

  constructor(records: readonly R[], watch: UsageWatch<S>) {
    this.#records = records
    this.#watch = watch
    this.#chunk = { bytes: this.#memory, records, timestampsMs: [], ends: [], holders: 0 }
  }

  /** Whether these are just the records from an index in a list on. */
  isOf(records: readonly R[], from: number): boolean {
    const own = this.#records
    if (own.length !== Math.min(CHUNK_OBJECTS, records.length - from)) return false
    for (let i = 0; i < own.length; i++) if (own[i] !== records[from + i]) return false
    return true
  }

  current(format: ListFormat<S>, sink: ByteSink): Chunk {
    let changed = this.#watch.changedFrom(0)
    if (changed === this.#records.length) return this.#chunk
    const { bytes, timestampsMs, ends: endsBefore } = this.#chunk
    sink.reset()
    const times: number[] = []
    const ends: number[] = []
    for (const [index, record] of this.#records.entries()) {
      if (index === changed) {
        const sample = this.#watch.read(index)
        if (sample !== undefined) format.item(sink, record, sample)
        times.push(sample?.timestampMs ?? Number.NaN)
        changed = this.#watch.changedFrom(index + 1)
      } else {
        sink.bytes(bytes, endsBefore[index - 1] ?? 0, endsBefore[index] ?? 0)
        times.push(timestampsMs[index] ?? Number.NaN)
      }
      ends.push(sink.length)
    }
    this.#chunk = { bytes: this.#written(sink), records: this.#records, timestampsMs: times, ends, holders: 0 }
    return this.#chunk
  }

  /** In the same memory as before where that can be: so many small buffers cost the collector more than their bytes. */
  #written(sink: ByteSink): Buffer {
    if (this.#chunk.holders > 0 || this.#memory.length < sink.length) {
      this.#memory = Buffer.allocUnsafeSlow(Math.ceil(sink.length / STEP_BYTES) * STEP_BYTES)
    }
    return sink.copyTo(this.#memory)
  }
}

interface Group<R extends MetricsRecord, S extends MetricsSample> {
  readonly chunks: (ChunkEncoder<R, S> | undefined)[]
  /** Since unused ones were last forgotten. */
  used: boolean
}

/** How many objects make a chunk. One that was measured anew costs the copying of its chunk; shorter chunks cost memory. */
export const CHUNK_OBJECTS = 16
/** A kubelet is scraped every 15 s by default: what is older has changed. */
const KEPT_MS = 15_000

export interface ListChunkCache<R, S extends MetricsSample> {
  /**
   * The objects of a group as chunks of bytes, in order; those without a measurement are left out. A chunk is brought up to
   * date when it is asked for, and its objects are all of that moment.
   * @param group what the chunks are kept by: the name of a namespace.
   * @param from the first chunk is the one of the object at this index.
   */
  of(format: ListFormat<S>, group: string, records: readonly R[], from?: number): Generator<Chunk>
}

/**
 * Writes the objects of whole lists, and keeps the bytes as long as lists are requested: two lists
 * with a second between them have nearly everything in common. Kept chunks never change, so that any number of answers can
 * be made of them at the same time.
 */
export function createListChunkCache<R extends MetricsRecord, S extends MetricsSample>(
  watch: (records: readonly R[]) => UsageWatch<S>,
  clock: Pick<Clock, 'after'>,
): ListChunkCache<R, S> {
  const kept = new Map<ListFormat<S>, Map<string, Group<R, S>>>()
  const sink = new ByteSink()
  const encoderOf = (records: readonly R[]) => new ChunkEncoder(records, watch(records))
  let isTimed = false

  function forgetUnused(): void {
    isTimed = false
    for (const [format, groups] of kept) {
      for (const [name, group] of groups) {
        if (group.used) group.used = false
        else groups.delete(name)
      }
      if (groups.size === 0) kept.delete(format)
    }
    forgetLater()
  }

  function forgetLater(): void {
    if (isTimed || kept.size === 0) return
    isTimed = true
    clock.after(KEPT_MS, forgetUnused)
  }

  function groupOf(format: ListFormat<S>, name: string): Group<R, S> {
    const groups = kept.get(format) ?? new Map<string, Group<R, S>>()
    kept.set(format, groups)
    const group = groups.get(name) ?? { chunks: [], used: true }
    groups.set(name, group)
    group.used = true
    forgetLater()
    return group
  }

  return {
    *of(format, name, records, first = 0) {
      // Clients ask for namespaces that there are not, under any name.
      if (first >= records.length) return
      const { chunks } = groupOf(format, name)
      chunks.length = Math.min(chunks.length, Math.ceil(records.length / CHUNK_OBJECTS))
      for (let from = first - (first % CHUNK_OBJECTS); from < records.length; from += CHUNK_OBJECTS) {
        const index = from / CHUNK_OBJECTS
        const before = chunks[index]
        const chunk = before?.isOf(records, from) ? before : encoderOf(records.slice(from, from + CHUNK_OBJECTS))
        // One that fails does not know any more what it has.
        chunks[index] = undefined
        const current = chunk.current(format, sink)
        chunks[index] = chunk
        yield current
      }
    },
  }
}
