import { readdir, readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'
import { getHeapStatistics } from 'node:v8'
import type { Clock } from '../model/clock.ts'
import { measureEventLoop } from './event-loop.ts'

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')
const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)

/**
 * What this process uses, by the names that Prometheus' clients share. Read when asked, never in between: the defaults
 * of prom-client keep a timer every 10 ms and an observer of every garbage collection.
 */
export function registerProcessMetrics(registry: Registry, clock: Pick<Clock, 'wallMs'>): void {
  const startedSeconds = clock.wallMs() / 1000 - process.uptime()

  /** A gauge of a value that is left out while it is not known. */
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await read()
        if (Number.isFinite(value)) this.set(value)
        else this.remove()
      },
    })

  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
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
    // As Go's collector tells it: all that 64 bits can address.
    return /^Max address space\s+unlimited/m.test(limits) ? 2 ** 64 : numberIn(limits, /^Max address space\s+(\d+)/m)
  })
  registerRuntimeMetrics(registry, gauge)
}

function registerRuntimeMetrics(
  registry: Registry,
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
  if (eventLoop !== undefined) registry.registerMetric(eventLoop.metric)
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
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Version of Node.js; always 1.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: process.version }, 1)
}
