import type { Clock } from '../../model/clock.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsItem, MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'

/** What is known of the use of objects. */
export interface Measurements<R, S> {
  /** `undefined` when nothing is to be served. */
  sample(record: R): S | undefined
  /** Gives what tells, later on, whether `sample` still gives the same for these. */
  witness(records: readonly R[]): () => boolean
}

/** The bytes of objects that are neighbours in a list. */
export interface Run {
  readonly bytes: Buffer
  /** When each of them was measured, milliseconds since the epoch. */
  readonly timestampsMs: readonly number[]
}

interface KeptRun<R> extends Run {
  readonly records: readonly R[]
  isUnchanged(): boolean
}

interface Shelf<R> {
  readonly runs: KeptRun<R>[]
  /** Since unused ones were last forgotten. */
  used: boolean
}

/**
 * How many objects make a run. One that was measured anew costs the writing of all in its run; more of them make more
 * runs to look after. At 5000 nodes 10,000 pods are measured each second, and a run of 16 is written in about 30 µs.
 */
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
  { sample, witness }: Measurements<R, S>,
  clock: Pick<Clock, 'after'>,
): KeptRuns<R, S> {
  const kept = new Map<ListFormat<S>, Map<string, Shelf<R>>>()
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

  function shelfOf(format: ListFormat<S>, name: string): Shelf<R> {
    const shelves = kept.get(format) ?? new Map<string, Shelf<R>>()
    kept.set(format, shelves)
    const shelf = shelves.get(name) ?? { runs: [], used: true }
    shelves.set(name, shelf)
    shelf.used = true
    watch()
    return shelf
  }

  function holds(run: KeptRun<R>, records: readonly R[], from: number): boolean {
    const end = Math.min(from + RUN_LENGTH, records.length)
    if (run.records.length !== end - from) return false
    return run.records.every((record, i) => record === records[from + i]) && run.isUnchanged()
  }

  function made(format: ListFormat<S>, records: readonly R[]): KeptRun<R> {
    const items: MetricsItem<R, S>[] = []
    for (const record of records) {
      const metrics = sample(record)
      if (metrics !== undefined) items.push({ record, metrics })
    }
    return {
      records,
      isUnchanged: witness(records),
      bytes: format.run(items),
      timestampsMs: items.map(({ metrics }) => metrics.timestampMs),
    }
  }

  return {
    *of(format, name, records) {
      const { runs } = shelfOf(format, name)
      runs.length = Math.min(runs.length, Math.ceil(records.length / RUN_LENGTH))
      for (let from = 0; from < records.length; from += RUN_LENGTH) {
        const place = from / RUN_LENGTH
        const before = runs[place]
        const run =
          before !== undefined && holds(before, records, from)
            ? before
            : made(format, records.slice(from, from + RUN_LENGTH))
        runs[place] = run
        yield run
      }
    },
  }
}
