import { readdir, readFile } from 'node:fs/promises'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../../model/clock.ts'
import { type Family, histogramLines, type MetricsRegistry } from './registry.ts'

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)

/**
 * What this process uses, under the names that Prometheus' clients share. It is read at each scrape and never in between:
 * a timer or an observer of garbage collections would cost all the time.
 */
export function registerProcessMetrics(registry: MetricsRegistry, clock: Pick<Clock, 'wallMs'>): void {
  const startedSeconds = clock.wallMs() / 1000 - process.uptime()

  /** A series that is left out while its value is not known. */
  const single = (type: 'counter' | 'gauge', name: string, help: string, read: () => number | Promise<number>) =>
    registry.collect(type, { name, help, labels: [] }, async () => {
      const value = await read()
      return Number.isFinite(value) ? [[[], value]] : []
    })
  const gauge = (name: string, help: string, read: () => number | Promise<number>) => single('gauge', name, help, read)

  single('counter', 'process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startedSeconds)
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss())
  gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', async () => {
    return numberIn(await textOf('/proc/self/status'), /^VmSize:\s+(\d+) kB/m) * 1024
  })
  gauge('process_open_fds', 'Number of open file descriptors.', async () => {
    // Reading the directory holds one itself.
    return (await readdir('/proc/self/fd').catch(() => undefined))?.length ?? Number.NaN
  })
  gauge('process_max_fds', 'Maximum number of open file descriptors.', async () => {
    return numberIn(await textOf('/proc/self/limits'), /^Max open files\s+(\d+)/m)
  })
  gauge('process_virtual_memory_max_bytes', 'Maximum amount of virtual memory available in bytes.', async () => {
    const limits = await textOf('/proc/self/limits')
    // As Go's collector reports it: all that 64 bits can address.
    return /^Max address space\s+unlimited/m.test(limits) ? 2 ** 64 : numberIn(limits, /^Max address space\s+(\d+)/m)
  })
  registerRuntimeMetrics(registry, gauge)
}

function registerRuntimeMetrics(
  registry: MetricsRegistry,
  gauge: (name: string, help: string, read: () => number) => unknown,
): void {
  let before = performance.eventLoopUtilization()
  gauge('nodejs_eventloop_utilization', 'Share of the time since the last scrape that the event loop was busy.', () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  })
  const eventLoop = measureEventLoop(process.versions.node)
  if (eventLoop !== undefined) registry.add(eventLoop)
  gauge(
    'nodejs_heap_size_limit_bytes',
    'What the JavaScript heap may grow to, in bytes; beyond it the process ends.',
    () => {
      return getHeapStatistics().heap_size_limit
    },
  )
  gauge('nodejs_heap_size_total_bytes', 'Size of the JavaScript heap in bytes.', () => process.memoryUsage().heapTotal)
  gauge(
    'nodejs_heap_size_used_bytes',
    'Used part of the JavaScript heap in bytes.',
    () => process.memoryUsage().heapUsed,
  )
  gauge('nodejs_external_memory_bytes', 'Memory outside the heap that JavaScript objects hold, in bytes.', () => {
    return process.memoryUsage().external
  })
  registry.collect(
    'gauge',
    { name: 'nodejs_version_info', help: 'Version of Node.js; always 1.', labels: ['version'] },
    () => [[[process.version], 1]],
  )
}

const DELAY = 'nodejs_eventloop_delay_seconds'
const DELAY_HELP =
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
 * How many of the values lie within a bound. The recorder gives values by their rank, so the last rank within the bound
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
  return {
    name: DELAY,
    type: 'histogram',
    help: DELAY_HELP,
    labels: [],
    chunks() {
      const { count, mean } = recorder
      const cumulative = [...BOUNDS.map((bound) => countWithin(recorder, bound * NANOSECONDS)), count]
      return [
        histogramLines(DELAY, '', { bounds: BOUNDS, cumulative, sum: count === 0 ? 0 : (mean * count) / NANOSECONDS }),
      ]
    },
  }
}
