import type { Random } from '../../sim/world/random.ts'
import { bursts, type Rate, sinus, steady, sum } from '../../sim/world/rates.ts'
import type { ContainerSample, Scrape } from '../../src/model/sample.ts'
import { container, pod, resource, scrape } from '../support/samples.ts'

const MILLI = 1e6
const HOUR_MS = 3_600_000
const WALL_MS = Date.UTC(2026, 0, 1, 12)
const cut = (ms: number): number => Math.floor(ms / 1000) * 1000

/** How a kubelet comes by the values of its containers, and how long it takes for an answer. */
export interface BusyOptions {
  /**
   * `when-asked`: sampled for the answer. `by-runtime`: the runtime looks every ten seconds or so and dates its values
   * (CRI-O); the kubelet repeats them.
   */
  readonly sampled: 'when-asked' | 'by-runtime'
  /** Whether `usageNanoCores` is told. */
  readonly rate: 'told' | 'unknown'
  readonly load: 'steady' | 'changing'
  /** The longest that a request waits before the values are sampled, and again before it is answered, milliseconds. */
  readonly slowMs: number
}

/** One request, on the clock of the simulation: milliseconds since it began. */
interface BusyAsk {
  readonly sentMs: number
  readonly sampledMs: number
  /** When the header of the answer came. */
  readonly answeredMs: number
}

interface Counted {
  readonly name: string
  readonly rate: Rate
  /** When the runtime looked, ascending. */
  readonly looksMs: readonly number[]
  last: { timeMs: number; nanoseconds: number } | undefined
}

/** The moment of the simulation that a timestamp of ours is about. */
export const momentOf = (timestampMs: number): number => timestampMs - WALL_MS

const loads = (random: Random): Record<BusyOptions['load'], readonly Rate[]> => ({
  steady: [15, 80, 400, 1900].map((m) => steady(m * MILLI)),
  changing: [
    sinus(200 * MILLI, 150 * MILLI, 90_000, random()),
    sinus(80 * MILLI, 40 * MILLI, 300_000, random()),
    sum(steady(15 * MILLI), bursts(0, 400 * MILLI, 20_000, 75_000)),
    bursts(100 * MILLI, 900 * MILLI, 7000, 19_000),
  ],
})

/**
 * A node that is asked every `resolutionMs` and answers late: a request waits up to `slowMs` before the kubelet samples,
 * and up to that again before it answers. Its clock is up to 300 ms off.
 */
export class BusyKubelet {
  readonly #options: BusyOptions
  readonly #random: Random
  readonly #aheadMs: number
  readonly #containers: Counted[]

  constructor(options: BusyOptions, random: Random, lastsMs: number) {
    this.#options = options
    this.#random = random
    this.#aheadMs = (random() - 0.5) * 600
    this.#containers = loads(random)[options.load].map((rate, i) => {
      const looksMs: number[] = []
      for (let ms = -20_000 + 10_000 * random(); ms < lastsMs; ms += 10_000 + 1000 * random()) looksMs.push(ms)
      return { name: `c${i}`, rate, looksMs, last: undefined }
    })
  }

  get names(): readonly string[] {
    return this.#containers.map(({ name }) => name)
  }

  ask(sentMs: number): BusyAsk {
    const sampledMs = sentMs + this.#random() * this.#options.slowMs
    return { sentMs, sampledMs, answeredMs: sampledMs + 2 + this.#random() * this.#options.slowMs }
  }

  /** The true mean rate of a container over some time, nanocores. */
  truth(name: string, fromMs: number, toMs: number): number {
    const found = this.#containers.find((each) => each.name === name)
    return ((this.#usedBy(found, toMs) - this.#usedBy(found, fromMs)) / (toMs - fromMs)) * 1000
  }

  /** What the client hands on: a pod for each container. To be called in the order of the requests. */
  answer({ sentMs, sampledMs, answeredMs }: BusyAsk): Scrape {
    const middle = (sentMs + answeredMs) / 2
    const half = answeredMs - middle
    const taken = scrape(
      { wallMs: WALL_MS + middle, monotonicMs: middle },
      {
        node: resource({}),
        pods: this.#containers.map((each) => pod(each.name, [this.#sample(each, sampledMs)], 'u')),
        nodeTimeMs: cut(this.#nodeClock(answeredMs)) - half,
      },
    )
    return { ...taken, ...requestTime(answeredMs - sentMs) }
  }

  #sample(of: Counted, sampledMs: number): ContainerSample {
    const isAsked = this.#options.sampled === 'when-asked'
    const timeMs = isAsked ? sampledMs : (of.looksMs.findLast((ms) => ms <= sampledMs) ?? 0)
    const nanoseconds = Math.floor(this.#usedBy(of, timeMs))
    return container('main', {
      timeMs: cut(this.#nodeClock(timeMs)),
      startTimeMs: WALL_MS - HOUR_MS,
      cpuNanoseconds: nanoseconds,
      cpuNanocores: this.#options.rate === 'told' ? this.#ownRate(of, timeMs, nanoseconds) : 0,
      workingSetBytes: 1 << 20,
    })
  }

  /** The kubelet's: since the sample before this one. A runtime that looks by itself: since its look before this one. */
  #ownRate(of: Counted, timeMs: number, nanoseconds: number): number {
    const looked = of.looksMs.findLast((ms) => ms < timeMs)
    const before =
      this.#options.sampled === 'when-asked' || looked === undefined
        ? of.last
        : { timeMs: looked, nanoseconds: this.#usedBy(of, looked) }
    of.last = { timeMs, nanoseconds }
    if (before === undefined || before.timeMs >= timeMs) return 0
    return Math.round(((nanoseconds - before.nanoseconds) / (timeMs - before.timeMs)) * 1000)
  }

  #usedBy(of: Counted | undefined, atMs: number): number {
    return of?.rate.burned(HOUR_MS + atMs) ?? 0
  }

  #nodeClock(ms: number): number {
    return WALL_MS + ms + this.#aheadMs
  }
}

/** How a scrape says how long its request took: the values were sampled within half of that of its moment. */
function requestTime(tookMs: number): object {
  return { tookMs }
}
