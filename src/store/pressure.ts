import {
  FULL,
  PRESSURE_RESOURCES,
  PRESSURE_STRIDE,
  type PressureResource,
  type PressureSample,
  SAMPLED_AT,
  SOME,
} from '../model/pressure.ts'
import { CUT_MS, type ScrapeClock } from './scrape-clock.ts'
import { timestampOf } from './time-window.ts'

/** So many different totals that are whole thousands are not by chance: one in a billion of microseconds. */
const ENOUGH_THOUSANDS = 3
const NANOSECONDS_IN_MICROSECOND = 1000

/** Receives a total with its time by this server's wall clock, milliseconds. The node's has empty names, a pod's no container. */
export type ReceivePressure = (
  namespace: string,
  pod: string,
  container: string,
  microseconds: number,
  timestampMs: number,
) => void

interface PressureOptions {
  /** A total that falls is not taken for so long. */
  readonly retentionMs: number
  /** Of a resource that only whole Summaries have: for how long after one; 0 where none are asked for. */
  readonly wholeRetentionMs: number
}

/** How a response is to be read. */
interface Response {
  readonly clock: ScrapeClock
  readonly isWhole: boolean
}

/** The numbers are rows of {@link StallTotals}, one for each of {@link PRESSURE_RESOURCES}. */
interface PressureEntry extends PressureSample {
  readonly numbers: number[]
}

/**
 * The pressure of nodes, pods and containers by their last Summaries, apart from their usage: it is kept only where
 * `/metrics/resource` is served.
 */
export class PressureStore {
  readonly #options: PressureOptions
  readonly #nodes = new Map<string, readonly PressureEntry[]>()
  readonly #totals = new StallTotals()

  constructor(options: PressureOptions) {
    this.#options = options
  }

  /** Replaces what the node reported before. */
  put(nodeName: string, samples: readonly PressureSample[], response: Response): void {
    const before = this.#nodes.get(nodeName) ?? []
    // A kubelet lists mostly the same in the same order.
    const isSame = samples.length === before.length && samples.every((each, i) => isOf(before[i], each))
    const entries = isSame
      ? samples.map((each, i) => this.#next(before[i], each, response))
      : this.#match(before, samples, response)
    if (entries.length === 0) this.#nodes.delete(nodeName)
    else this.#nodes.set(nodeName, entries)
  }

  forget(nodeName: string): void {
    this.#nodes.delete(nodeName)
  }

  /** Calls `receive` with the totals of a node, its pods and their containers, where they are known. */
  forEach(nodeName: string, resource: PressureResource, kind: 'some' | 'full', receive: ReceivePressure): void {
    const at = PRESSURE_RESOURCES.indexOf(resource) * TOTALS_WIDTH
    for (const { namespace, pod, container, numbers } of this.#nodes.get(nodeName) ?? []) {
      const total = numbers[at + (kind === 'some' ? TOTAL_SOME : TOTAL_FULL)] as number
      if (!Number.isNaN(total)) receive(namespace, pod, container, total, numbers[at + TIMESTAMP] as number)
    }
  }

  /** Of two samples of one name the one that started last counts, and of two that started at once neither. */
  #match(before: readonly PressureEntry[], samples: readonly PressureSample[], response: Response): PressureEntry[] {
    const known = new Map(before.map((each) => [keyOf(each), each]))
    const chosen = new Map<string, PressureSample | undefined>()
    const starts = new Map<string, number>()
    for (const sample of samples) {
      const key = keyOf(sample)
      const startTimeMs = Number.isNaN(sample.startTimeMs) ? Number.NEGATIVE_INFINITY : sample.startTimeMs
      const other = starts.get(key)
      if (other !== undefined && startTimeMs < other) continue
      chosen.set(key, startTimeMs === other ? undefined : sample)
      starts.set(key, startTimeMs)
    }
    return [...chosen].flatMap(([key, sample]) =>
      sample === undefined ? [] : [this.#next(known.get(key), sample, response)],
    )
  }

  #next(before: PressureEntry | undefined, sample: PressureSample, response: Response): PressureEntry {
    const { namespace, pod, container, startTimeMs, numbers } = sample
    const isSameRun = before !== undefined && isSameStart(before.startTimeMs, startTimeMs)
    const entry = isSameRun ? before : { namespace, pod, container, startTimeMs, numbers: noTotals() }
    // cAdvisor samples nodes and pods, and the runtime containers when they are asked for.
    const taken = container === '' ? 'earlier' : 'when-asked'
    const { clock, isWhole } = response
    const nowMs = clock.askedAt.monotonicMs
    const totals = this.#totals
    for (let i = 0; i < PRESSURE_RESOURCES.length; i++) {
      totals.show(entry.numbers, i * TOTALS_WIDTH)
      const from = i * PRESSURE_STRIDE
      const some = numbers[from + SOME] as number
      const full = numbers[from + FULL] as number
      if (Number.isNaN(some) && Number.isNaN(full)) {
        // An ordinary Summary may leave out what a whole one has.
        if (isWhole || !totals.isWithin(this.#options.wholeRetentionMs, nowMs)) totals.clear()
        continue
      }
      const timestampMs = timestampOf({ timeMs: numbers[from + SAMPLED_AT] as number, clock, taken, flags: 0 })
      totals.take(some, full, timestampMs, nowMs, this.#options.retentionMs)
    }
    return entry
  }
}

const keyOf = ({ namespace, pod, container }: Omit<PressureSample, 'numbers'>): string =>
  JSON.stringify([namespace, pod, container])

const isOf = (entry: PressureEntry | undefined, { namespace, pod, container }: PressureSample): boolean =>
  entry?.container === container && entry.pod === pod && entry.namespace === namespace

const isSameStart = (one: number, other: number): boolean =>
  Math.abs(one - other) <= CUT_MS || (Number.isNaN(one) && Number.isNaN(other))

// The columns of StallTotals. NaN for what is not known.
const TOTAL_SOME = 0
const TOTAL_FULL = 1
const TIMESTAMP = 2
/** When they were reported, by our monotonic clock. */
const AT = 3
/** As they were reported last. */
const REPORTED_SOME = 4
const REPORTED_FULL = 5
/** Different totals since the last one that is no multiple of 1000. */
const THOUSANDS = 6
const TOTALS_WIDTH = 7

const noTotals = (): number[] => new Array<number>(TOTALS_WIDTH * PRESSURE_RESOURCES.length).fill(Number.NaN)

/**
 * The totals of one resource in one run of a cgroup, in microseconds. The kernel counts in whole microseconds
 * (kernel/sched/psi.c: psi_show). The types of the Summary and of the CRI say nanoseconds, and both units come:
 *
 * - cAdvisor and the kubelet copy what the kernel says (opencontainers/cgroups, fs2/psi.go: statPSI; google/cadvisor,
 *   handler.go: setPSIData, and metrics/prometheus.go, which divides by 10⁶; kubernetes, pkg/kubelet/stats/helper.go).
 *   That is all nodes, and pods and containers by default.
 * - containerd multiplies by 1000 for the CRI (internal/cri/server/container_stats_list.go: convertCg2PSIToCRI), which the
 *   kubelet copies too (cri_stats_provider.go: makePSIStats): containers that cAdvisor does not know, and all pods with the
 *   feature gate PodAndContainerStatsFromCRI.
 *
 * So a total that is no multiple of 1000 is in microseconds. Totals in nanoseconds are all multiples of 1000, of which a
 * few different ones are the proof. Without one, they are not known.
 */
class StallTotals {
  #numbers: number[] = []
  #from = 0

  /** The row that begins at `from` is meant from now on; as numbers, since objects would take twice the memory. */
  show(numbers: number[], from: number): void {
    this.#numbers = numbers
    this.#from = from
  }

  /** Takes reported totals, unless their unit is unclear or one has fallen: then those before stay for the retention. */
  take(some: number, full: number, timestampMs: number, nowMs: number, retentionMs: number): void {
    const divisor = this.#divisorOf(some, full)
    const nextSome = exact(some) / divisor
    const nextFull = exact(full) / divisor
    const isClear = !Number.isNaN(nextSome) || !Number.isNaN(nextFull)
    const hasFallen = nextSome < this.#get(TOTAL_SOME) || nextFull < this.#get(TOTAL_FULL)
    if ((!isClear || hasFallen) && this.isWithin(retentionMs, nowMs)) return
    this.#set(TOTAL_SOME, nextSome)
    this.#set(TOTAL_FULL, nextFull)
    this.#set(TIMESTAMP, timestampMs)
    this.#set(AT, nowMs)
  }

  /** Whether there are totals that were reported no longer ago than that. */
  isWithin(retentionMs: number, nowMs: number): boolean {
    return nowMs - this.#get(AT) <= retentionMs
  }

  clear(): void {
    for (const column of [TOTAL_SOME, TOTAL_FULL, TIMESTAMP, AT]) this.#set(column, Number.NaN)
  }

  /** Nanoseconds or microseconds of the reported totals in a microsecond; NaN where that is not clear. */
  #divisorOf(some: number, full: number): number {
    const lastSome = this.#get(REPORTED_SOME)
    const lastFull = this.#get(REPORTED_FULL)
    this.#set(REPORTED_SOME, some)
    this.#set(REPORTED_FULL, full)
    if (some % NANOSECONDS_IN_MICROSECOND > 0 || full % NANOSECONDS_IN_MICROSECOND > 0) {
      this.#set(THOUSANDS, 0)
      return 1
    }
    let thousands = this.#get(THOUSANDS) || 0
    if (some > 0 && some !== lastSome) thousands++
    if (full > 0 && full !== lastFull && full !== some) thousands++
    this.#set(THOUSANDS, thousands)
    if (thousands >= ENOUGH_THOUSANDS) return NANOSECONDS_IN_MICROSECOND
    // 0 is the same in both.
    return some > 0 || full > 0 ? Number.NaN : 1
  }

  #get(column: number): number {
    return this.#numbers[this.#from + column] as number
  }

  #set(column: number, value: number): void {
    this.#numbers[this.#from + column] = value
  }
}

/** NaN for a total that a double does not hold exactly: no machine has run for so long. */
const exact = (total: number): number => (total <= Number.MAX_SAFE_INTEGER ? total : Number.NaN)
