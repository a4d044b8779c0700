import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Family, histogramLines, plainMetric } from './families.ts'

const NAME = 'nodejs_eventloop_delay_seconds'
const HELP =
  'How long each turn of the event loop kept everything else waiting, in seconds; time without anything to do is not counted.'
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** The first that can measure turns. Before, there is only a timer that wakes the process up to a hundred times a second. */
const FIRST_MAJOR = 26
const NANOSECONDS = 1e9

/** What is used of a histogram of perf_hooks. */
interface Recorded {
  readonly count: number
  /** Not a number while there is nothing. */
  readonly mean: number
  percentile(percentile: number): number
}

/**
 * How many of the values lie within a bound. The recorder tells values by their rank, so the last rank within the bound
 * is looked for by halving.
 */
export function countWithin(recorded: Recorded, bound: number): number {
  let within = 0
  let beyond = recorded.count + 1
  while (beyond - within > 1) {
    const rank = Math.floor((within + beyond) / 2)
    if (recorded.percentile((100 * rank) / recorded.count) <= bound) within = rank
    else beyond = rank
  }
  return within
}

/**
 * The turns of the event loop as a histogram, measured by the runtime itself without a timer. `undefined` where the
 * runtime cannot.
 */
export function measureEventLoop(nodeVersion: string): Family | undefined {
  if (Number(nodeVersion.split('.')[0]) < FIRST_MAJOR) return undefined
  const options = { samplePerIteration: true }
  const recorder = monitorEventLoopDelay(options)
  recorder.enable()
  // The first turn that it sees began before there was a recorder, and would count what was waited for.
  setImmediate(() => setImmediate(() => recorder.reset()).unref()).unref()
  const head = { name: NAME, help: HELP, labelNames: [] }
  return {
    metric: plainMetric(head, 'histogram', () => {
      const { count, mean } = recorder
      const cumulative = [...BOUNDS.map((bound) => countWithin(recorder, bound * NANOSECONDS)), count]
      return histogramLines(
        NAME,
        {},
        { bounds: BOUNDS, cumulative, sum: count === 0 ? 0 : (mean * count) / NANOSECONDS },
      )
    }),
  }
}
