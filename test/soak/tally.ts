import type { Verdict } from './judge.ts'

type Kind = 'node' | 'pod'

export interface SoakReport {
  /** Lists that were asked for, and those that were not answered with 200. */
  readonly lists: number
  readonly refused: number
  /** Different values that were judged. */
  readonly judged: Readonly<Record<Kind, number>>
  /** Values of ephemeral storage among them. */
  readonly storages: number
  /** One line for each that was wrong. */
  readonly wrong: readonly string[]
  /** Relative error of CPU over exactly the window that was served, median and 99th percentile. */
  readonly cpuError: Readonly<Record<Kind, readonly [p50: number, p99: number]>>
  /** Age of what was served, milliseconds, median and 99th percentile, and the oldest. */
  readonly ageMs: Readonly<Record<Kind, readonly [p50: number, p99: number, most: number]>>
  /** The mean share of nodes that were served. */
  readonly coverage: number
}

/** Of very many figures a sample is enough: every n-th is kept once there are this many. */
const KEPT = 100_000

/** Figures of which percentiles are wanted. */
function createSample() {
  let figures: number[] = []
  let every = 1
  let count = 0
  let most = 0
  return {
    add(figure: number): void {
      most = Math.max(most, figure)
      if (count++ % every === 0) figures.push(figure)
      if (figures.length < KEPT) return
      figures = figures.filter((_, i) => i % 2 === 0)
      every *= 2
    },
    /** @param share 0.5 is the median. NaN when there are no figures. */
    percentile(share: number): number {
      const sorted = Float64Array.from(figures).sort()
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
    },
    most: () => most,
  }
}

/** Adds up what was answered. Wrong answers and refusals are said at once. */
export function createTally(say: (line: string) => void) {
  const errors = { node: createSample(), pod: createSample() }
  const ages = { node: createSample(), pod: createSample() }
  const judged = { node: 0, pod: 0 }
  const wrong: string[] = []
  let storages = 0
  let lists = 0
  let refused = 0
  let shares = 0
  let polls = 0

  const ageOf = (kind: Kind) => [ages[kind].percentile(0.5), ages[kind].percentile(0.99), ages[kind].most()] as const
  const errorOf = (kind: Kind) => [errors[kind].percentile(0.5), errors[kind].percentile(0.99)] as const

  return {
    take(kind: Kind, name: string, verdict: Verdict): void {
      judged[kind]++
      storages += verdict.storages ?? 0
      for (const error of verdict.errors) errors[kind].add(error)
      if (verdict.wrong === undefined) return
      wrong.push(`${kind} ${name}: ${verdict.wrong}`)
      say(`WRONG ${wrong.at(-1)}`)
    },
    age: (kind: Kind, ms: number): void => ages[kind].add(ms),
    covered(served: number, known: number): void {
      shares += served / known
      polls++
    },
    answered({ status, body }: { readonly status: number; readonly body: string }): void {
      lists++
      if (status === 200) return
      refused++
      say(`REFUSED with ${status}: ${body.slice(0, 300)}`)
    },
    line: (seconds: number): string =>
      `${seconds} s: ${judged.node} values of nodes and ${judged.pod} of pods judged, ${wrong.length} wrong`,
    report: (): SoakReport => ({
      lists,
      refused,
      judged,
      storages,
      wrong,
      cpuError: { node: errorOf('node'), pod: errorOf('pod') },
      ageMs: { node: ageOf('node'), pod: ageOf('pod') },
      coverage: shares / polls,
    }),
  }
}
