import type { SampleRows } from '../model/sample.ts'
import { SAMPLE_WIDTH, STORAGE } from '../model/sample-rows.ts'
import { SampleCursor, type SampleTable, START_DRIFTS } from './sample-table.ts'
import { CUT_MS, type ScrapeClock } from './scrape-clock.ts'

/** Start and counter of the run that a value belongs to, after the value. */
const [START, CPU, WIDTH] = [1, 2, 3]
/** Above so many names a map is used; below, a linear search is faster. */
const INDEXED_NAMES = 16

/**
 * What the containers of a pod use of ephemeral storage, by the last whole Summary. It is kept beside their samples, because
 * it is reported less often and a pod is whole without it. Each value belongs to one run of its container.
 */
export class ReportedStorage {
  /** The scrape that reported it. */
  readonly clock: ScrapeClock
  readonly #names: readonly string[]
  readonly #numbers: readonly number[]
  #index: Map<string, number> | undefined

  constructor(clock: ScrapeClock, { names, numbers }: SampleRows, samples: SampleTable) {
    const cursor = new SampleCursor()
    this.clock = clock
    this.#names = names
    const values: number[] = []
    for (let i = 0; i < names.length; i++) {
      const row = samples.rowOf(names[i] as string, i)
      if (row >= 0) samples.show(row, cursor)
      // The last good samples say which run it is, since later ones are compared with these.
      const [startTimeMs, cpuNanoseconds] =
        row < 0 ? [Number.NaN, Number.NaN] : [cursor.startTimeMs, cursor.cpuNanoseconds]
      values.push(numbers[i * SAMPLE_WIDTH + STORAGE] as number, startTimeMs, cpuNanoseconds)
    }
    // A copy takes no more than it needs, which pushing leaves room for.
    this.#numbers = values.slice()
  }

  /** Bytes of a container in the run of this sample; NaN when they are not known. `likely`: its place in the last answer. */
  bytesOf(name: string, likely: number, sample: SampleCursor): number {
    const i = this.#names[likely] === name ? likely : this.#indexOf(name)
    return i >= 0 && this.#isSameRun(i * WIDTH, sample) ? (this.#numbers[i * WIDTH] as number) : Number.NaN
  }

  #indexOf(name: string): number {
    if (this.#names.length <= INDEXED_NAMES) return this.#names.indexOf(name)
    this.#index ??= new Map(this.#names.map((each, i) => [each, i]))
    return this.#index.get(name) ?? -1
  }

  /** Another run has a later start or a lower counter; a start that moves by itself says nothing. */
  #isSameRun(at: number, { startTimeMs, cpuNanoseconds, flags }: SampleCursor): boolean {
    if (cpuNanoseconds < (this.#numbers[at + CPU] as number)) return false
    const hasMoved = Math.abs(startTimeMs - (this.#numbers[at + START] as number)) > CUT_MS
    return !hasMoved || (flags & START_DRIFTS) !== 0
  }
}
