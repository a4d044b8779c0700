import type { Clock } from '../../model/clock.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
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
class RunKeeper<R extends MetricsRecord, S extends MetricsSample> {
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

interface Shelf<R extends MetricsRecord, S extends MetricsSample> {
  readonly runs: (RunKeeper<R, S> | undefined)[]
  /** Since unused ones were last forgotten. */
  used: boolean
}

/** How many objects make a run. One that was measured anew costs the copying of its run; shorter runs cost memory. */
const RUN_LENGTH = 16
/** A kubelet is asked every 15 s unless somebody wished for more: what is older has changed. */
const KEPT_MS = 15_000

export interface KeptRuns<R, S extends MetricsSample> {
  /**
   * The objects of a shelf as runs of bytes, in order; those without a measurement are left out. A run is looked at when
   * it is asked for, and its objects are all of that moment.
   * @param shelf what the records are remembered by: the name of a namespace.
   */
  of(format: ListFormat<S>, shelf: string, records: readonly R[]): Generator<Run>
}

/**
 * Writes the objects of whole lists, and keeps the bytes for as long as lists are asked for again and again: two lists
 * with a second between them have nearly everything in common. Kept runs never change, so that any number of answers can
 * be made of them at the same time.
 */
export function createKeptRuns<R extends MetricsRecord, S extends MetricsSample>(
  measurements: Measurements<R, S>,
  clock: Pick<Clock, 'after'>,
): KeptRuns<R, S> {
  const kept = new Map<ListFormat<S>, Map<string, Shelf<R, S>>>()
  const sink = new ByteSink()
  let watched = false

  function forgetUnused(): void {
    watched = false
    for (const [format, shelves] of kept) {
      for (const [name, shelf] of shelves) {
        if (shelf.used) shelf.used = false
        else shelves.delete(name)
      }
      if (shelves.size === 0) kept.delete(format)
    }
    watch()
  }

  function watch(): void {
    if (watched || kept.size === 0) return
    watched = true
    clock.after(KEPT_MS, forgetUnused)
  }

  function shelfOf(format: ListFormat<S>, name: string): Shelf<R, S> {
    const shelves = kept.get(format) ?? new Map<string, Shelf<R, S>>()
    kept.set(format, shelves)
    const shelf = shelves.get(name) ?? { runs: [], used: true }
    shelves.set(name, shelf)
    shelf.used = true
    watch()
    return shelf
  }

  return {
    *of(format, name, records) {
      // Clients ask for namespaces that there are not, under any name.
      if (records.length === 0) return
      const { runs } = shelfOf(format, name)
      runs.length = Math.min(runs.length, Math.ceil(records.length / RUN_LENGTH))
      for (let from = 0; from < records.length; from += RUN_LENGTH) {
        const place = from / RUN_LENGTH
        const before = runs[place]
        const run = before?.isOf(records, from, RUN_LENGTH)
          ? before
          : new RunKeeper(records.slice(from, from + RUN_LENGTH), measurements)
        // One that fails does not know any more what it has.
        runs[place] = undefined
        const current = run.current(format, sink)
        runs[place] = run
        yield current
      }
    },
  }
}
