import type { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'

/** What is known of the use of some objects, and what has changed since it was looked at. */
export interface Watch<S> {
  /** The first place, from this one on, of which `look` may give something else than it last did; else their number. */
  changedFrom(place: number): number
  /** What is to be served of the object at a place; `undefined` when there is nothing. */
  look(place: number): S | undefined
}

export interface Measurements<R, S> {
  /** At first all have changed. */
  watch(records: readonly R[]): Watch<S>
}

/** The bytes of objects that are neighbours in a list. */
export interface Run {
  readonly bytes: Buffer
  /** When each of them was measured, milliseconds since the epoch; NaN for those that are not served. */
  readonly timestampsMs: readonly number[]
  /** How many hold it for longer than until the next run is asked for. While there are any, the bytes do not change. */
  holders: number
}

/** Memory is given out in these steps: an object that has become a little longer still fits where it was. */
const STEP_BYTES = 256

/** Keeps a run up to date: writes those of its objects that were measured anew, and copies the others. */
export class RunKeeper<R extends MetricsRecord, S extends MetricsSample> {
  readonly #records: readonly R[]
  readonly #watch: Watch<S>
  #run: Run = { bytes: Buffer.alloc(0), timestampsMs: [], holders: 0 }
  #memory = this.#run.bytes
  /** Where in the bytes each object ends. */
  #ends: number[] = []

  constructor(records: readonly R[], { watch }: Measurements<R, S>) {
    this.#records = records
    this.#watch = watch(records)
  }

  /** Whether these are just the records from a place in a list on. */
  isOf(records: readonly R[], from: number, length: number): boolean {
    const own = this.#records
    if (own.length !== Math.min(length, records.length - from)) return false
    for (let i = 0; i < own.length; i++) if (own[i] !== records[from + i]) return false
    return true
  }

  current(format: ListFormat<S>, sink: ByteSink): Run {
    let changed = this.#watch.changedFrom(0)
    if (changed === this.#records.length) return this.#run
    const { bytes, timestampsMs } = this.#run
    sink.reset()
    const times: number[] = []
    const ends: number[] = []
    for (const [place, record] of this.#records.entries()) {
      if (place === changed) {
        const sample = this.#watch.look(place)
        if (sample !== undefined) format.item(sink, record, sample)
        times.push(sample?.timestampMs ?? Number.NaN)
        changed = this.#watch.changedFrom(place + 1)
      } else {
        sink.bytes(bytes, this.#ends[place - 1] ?? 0, this.#ends[place] ?? 0)
        times.push(timestampsMs[place] ?? Number.NaN)
      }
      ends.push(sink.length)
    }
    this.#ends = ends
    this.#run = { bytes: this.#written(sink), timestampsMs: times, holders: 0 }
    return this.#run
  }

  /** In the same memory as before where that can be: so many small buffers cost the collector more than their bytes. */
  #written(sink: ByteSink): Buffer {
    if (this.#run.holders > 0 || this.#memory.length < sink.length) {
      this.#memory = Buffer.allocUnsafeSlow(Math.ceil(sink.length / STEP_BYTES) * STEP_BYTES)
    }
    return sink.copyTo(this.#memory)
  }
}
