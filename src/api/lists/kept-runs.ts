import type { Clock } from '../../model/clock.ts'
import { ByteSink } from '../encoding/byte-sink.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { MetricsRecord, MetricsSample } from '../encoding/metrics-kind.ts'
import { type Measurements, type Run, RunKeeper } from './run-keeper.ts'

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
