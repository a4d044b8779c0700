import type { SimContainer } from '../world/things.ts'
import type { ContainerReading } from './cgroups.ts'

interface Asked {
  readonly startMs: number
  readonly timeMs: number
  readonly cpuNanoseconds: number
  readonly cpuNanocores: number
}

/**
 * `usageNanoCores` of containers as the kubelet finds it with a CRI runtime: the rate since the last time anybody asked
 * for the Summary, 0 the first time a run is seen (kubernetes, pkg/kubelet/stats/cri_stats_provider.go).
 */
export class LastAsked {
  readonly #last = new WeakMap<SimContainer, Asked>()

  rateOf(reading: Omit<ContainerReading, 'cpuNanocores'>): number {
    const last = this.#last.get(reading.container)
    const sameRun = last !== undefined && last.startMs === reading.startMs
    if (sameRun && reading.timeMs <= last.timeMs) return last.cpuNanocores
    const passed = sameRun ? reading.timeMs - last.timeMs : 0
    const cpuNanocores = sameRun ? Math.round(((reading.cpuNanoseconds - last.cpuNanoseconds) / passed) * 1000) : 0
    const { startMs, timeMs, cpuNanoseconds } = reading
    this.#last.set(reading.container, { startMs, timeMs, cpuNanoseconds, cpuNanocores })
    return cpuNanocores
  }
}
