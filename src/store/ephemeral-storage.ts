import { CPU as CPU_TOTAL, SAMPLE_WIDTH, START as START_TIME, STORAGE } from '../model/sample-rows.ts'
import type { SampleRows } from '../model/sample.ts'
import { INDEXED_NAMES, SampleCursor, type SampleTable, START_DRIFTS } from './sample-table.ts'
import { CUT_MS, nodeTime, type ScrapeClock } from './scrape-clock.ts'

/** Start and counter of the run that a value belongs to, after the value. */
const [START, CPU, WIDTH] = [1, 2, 3]

/**
 * What the containers of a pod use of ephemeral storage, by the last whole Summary. It is kept beside their samples, because
 * it is reported less often and a pod is whole without it. Each value belongs to one run of its container.
 */
export class ReportedStorage {
  /** The scrape that reported it. */
  readonly clock: ScrapeClock
  readonly #names: readonly string[]
  readonly #numbers: number[]
  /** By the node's clock: a container that started later is not of the values' runs. */
  readonly #latestStartMs: number
  #index: Map<string, number> | undefined

  constructor(clock: ScrapeClock, { names, numbers }: SampleRows, samples: SampleTable) {
    const cursor = new SampleCursor()
    this.clock = clock
    this.#names = names
    this.#latestStartMs = nodeTime(clock) - CUT_MS
    const values: number[] = []
    for (let i = 0; i < names.length; i++) {
      const from = i * SAMPLE_WIDTH
      const row = samples.rowOf(names[i] as string, i)
      if (row >= 0) samples.show(row, cursor)
      const total = numbers[from + CPU_TOTAL] as number
      // Either this counter or that of the last good sample may be of another run, or a glitch; a later one is above the lower.
      const least = row >= 0 && cursor.cpuNanoseconds < total ? cursor.cpuNanoseconds : total
      values.push(numbers[from + STORAGE] as number, numbers[from + START_TIME] as number, least)
    }
    // A copy takes no more than it needs, which pushing leaves room for.
    this.#numbers = values.slice()
  }

  /** Bytes of a container in the run of this sample; NaN when they are not known. `likely`: its place in the last answer. */
  bytesOf(name: string, likely: number, sample: SampleCursor): number {
    const i = this.#placeOf(name, likely)
    return i >= 0 && this.#isSameRun(i * WIDTH, sample) ? (this.#numbers[i * WIDTH] as number) : Number.NaN
  }

  /**
   * Forgets the values of containers that started after they were reported, by the newest samples, good or not. The counter of
   * an idle container does not show that it restarted, so that its last good sample may still have the start of the run before.
   */
  endRuns({ names, numbers }: SampleRows): void {
    for (let i = 0; i < names.length; i++) {
      const startTimeMs = numbers[i * SAMPLE_WIDTH + START_TIME] as number
      if (!(startTimeMs > this.#latestStartMs)) continue
      const at = this.#placeOf(names[i] as string, i) * WIDTH
      if (at < 0 || Math.abs(startTimeMs - (this.#numbers[at + START] as number)) <= CUT_MS) continue
      this.#numbers[at] = Number.NaN
    }
  }

  #placeOf(name: string, likely: number): number {
    return this.#names[likely] === name ? likely : this.#indexOf(name)
  }

  #indexOf(name: string): number {
    if (this.#names.length <= INDEXED_NAMES) return this.#names.indexOf(name)
    this.#index ??= new Map(this.#names.map((each, i) => [each, i]))
    return this.#index.get(name) ?? -1
  }

  /** A last good sample of another run has another start or a lower counter; a start that moves by itself says nothing. */
  #isSameRun(at: number, { startTimeMs, cpuNanoseconds, flags }: SampleCursor): boolean {
    if (cpuNanoseconds < (this.#numbers[at + CPU] as number)) return false
    const hasMoved = Math.abs(startTimeMs - (this.#numbers[at + START] as number)) > CUT_MS
    return !hasMoved || (flags & START_DRIFTS) !== 0
  }
}
