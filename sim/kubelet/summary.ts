import {
  nodeStallsAt,
  nodeStorageBytesAt,
  podStallsBetween,
  type Stalls,
  stallsAt,
  storageBytesAt,
} from '../world/truth.ts'
import type { ContainerReading, Reading } from './cgroups.ts'
import type { NodeReport, PodReport } from './report.ts'

type Json = Record<string, unknown>

/** Microseconds, as cAdvisor reports containers, or nanoseconds, as containerd does. */
export type PressureUnit = 'microseconds' | 'nanoseconds'

type Resource = 'cpu' | 'memory' | 'io'
/** The stalls of something by resource. */
type StallsOf = (resource: Resource) => Stalls | undefined

const NOTHING: Stalls = { some: 0, full: 0 }
const psiData = (total: number) => ({ total, avg10: 0, avg60: 0, avg300: 0 })
const GI = 2 ** 30

/** RFC 3339, cut to whole seconds: metav1.Time writes no fractions. */
const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/**
 * The answer to GET /stats/summary as a kubelet 1.36 writes it (kubelet/pkg/apis/stats/v1alpha1): indented by one space,
 * times in whole seconds. `onlyCpuAndMemory` leaves out network, file systems, processes and the pressure of I/O. Without
 * `pressure` all of it is 0, and containers have none.
 */
export function writeSummary(report: NodeReport, onlyCpuAndMemory: boolean, pressure?: PressureUnit): string {
  const write = new SummaryWriter(report, !onlyCpuAndMemory, pressure)
  return JSON.stringify({ node: write.node(), pods: report.pods.map((pod) => write.pod(pod)) }, null, 1)
}

class SummaryWriter {
  readonly #report: NodeReport
  readonly #full: boolean
  readonly #pressure: PressureUnit | undefined

  constructor(report: NodeReport, full: boolean, pressure: PressureUnit | undefined) {
    this.#report = report
    this.#full = full
    this.#pressure = pressure
  }

  node(): Json {
    const { node, reading, nowMs } = this.#report
    const at = this.#time(reading.timeMs)
    const stalls = this.#counted((resource) => nodeStallsAt(node, resource, reading.timeMs))
    return {
      nodeName: node.name,
      systemContainers: [{ name: 'pods', ...this.#podsSlice() }],
      startTime: this.#time(node.bootMs),
      ...this.#usage(reading, { available: node.memoryBytes - reading.memoryBytes, stalls }),
      ...this.#io(reading, stalls),
      ...(this.#full && {
        network: this.#network(nowMs),
        fs: this.#fileSystem(nowMs, this.#nodeBytes()),
        runtime: {
          imageFs: this.#fileSystem(nowMs, this.#nodeBytes()),
          containerFs: this.#fileSystem(nowMs, this.#nodeBytes()),
        },
        rlimit: { time: this.#time(nowMs), maxpid: 4_194_304, curproc: 600 },
      }),
      swap: { time: at, swapAvailableBytes: node.swapBytes - reading.swapBytes, swapUsageBytes: reading.swapBytes },
    }
  }

  /** All pods together, as the cgroup `kubepods` counts them. */
  #podsSlice(): Json {
    const { node, pods, nowMs } = this.#report
    const sum = (of: (reading: Reading) => number) => pods.reduce((total, pod) => total + of(pod.reading), 0)
    const reading: Reading = {
      timeMs: nowMs,
      startMs: node.bootMs,
      cpuNanoseconds: sum((r) => r.cpuNanoseconds),
      cpuNanocores: sum((r) => r.cpuNanocores),
      memoryBytes: sum((r) => r.memoryBytes),
      swapBytes: sum((r) => r.swapBytes),
    }
    return {
      startTime: this.#time(node.bootMs),
      ...this.#usage(reading, { available: node.memoryBytes - reading.memoryBytes, stalls: () => NOTHING }),
      swap: { time: this.#time(nowMs), swapUsageBytes: reading.swapBytes },
    }
  }

  pod({ pod, reading, containers }: PodReport): Json {
    const { nowMs } = this.#report
    const stalls = this.#counted((resource) => podStallsBetween(pod, resource, reading.startMs, reading.timeMs))
    return {
      podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
      startTime: this.#time(reading.startMs),
      ...(containers.length > 0 && { containers: containers.map((c) => this.#container(c)) }),
      ...this.#usage(reading, { stalls }),
      ...this.#io(reading, stalls),
      ...(this.#full && {
        network: this.#network(nowMs),
        volume: [{ ...this.#fileSystem(nowMs, 12 * 1024), name: 'kube-api-access' }],
        'ephemeral-storage': this.#fileSystem(nowMs, this.#podBytes(containers)),
        process_stats: { process_count: containers.length + 1 },
      }),
      swap: { time: this.#time(reading.timeMs), swapUsageBytes: reading.swapBytes },
    }
  }

  #container(reading: ContainerReading): Json {
    const { nowMs, node } = this.#report
    const storage = storageBytesAt(reading.container, nowMs)
    const stalls = (resource: Resource) => this.#ofContainer(reading, resource)
    return {
      name: reading.container.name,
      startTime: this.#time(reading.startMs),
      ...this.#usage(reading, { available: 0, stalls }),
      ...this.#io(reading, stalls),
      ...(this.#full && {
        rootfs: this.#fileSystem(nowMs, storage?.rootfs ?? 0),
        logs: this.#fileSystem(nowMs, storage?.logs ?? 0),
      }),
      swap: {
        time: this.#time(reading.timeMs),
        swapAvailableBytes: node.swapBytes - reading.swapBytes,
        swapUsageBytes: reading.swapBytes,
      },
    }
  }

  /** cAdvisor reports 0 of a kernel that does not count. */
  #counted(stalls: StallsOf): StallsOf {
    return this.#pressure === undefined ? () => NOTHING : stalls
  }

  #ofContainer({ container, timeMs }: ContainerReading, resource: Resource): Stalls | undefined {
    const stalls = this.#pressure === undefined ? undefined : stallsAt(container, resource, timeMs)
    if (stalls === undefined || this.#pressure === 'microseconds') return stalls
    return { some: stalls.some * 1000, full: stalls.full * 1000 }
  }

  #psi(stalls: Stalls | undefined): Json {
    return stalls === undefined ? {} : { psi: { full: psiData(stalls.full), some: psiData(stalls.some) } }
  }

  #io(reading: Reading, stalls: StallsOf): Json {
    if (!this.#full || this.#pressure === undefined) return {}
    return { io: { time: this.#time(reading.timeMs), ...this.#psi(stalls('io')) } }
  }

  #usage(reading: Reading, shown: { available?: number; stalls: StallsOf }): Json {
    const at = this.#time(reading.timeMs)
    return {
      cpu: {
        time: at,
        usageNanoCores: reading.cpuNanocores,
        usageCoreNanoSeconds: reading.cpuNanoseconds,
        ...this.#psi(shown.stalls('cpu')),
      },
      memory: {
        time: at,
        ...(shown.available !== undefined && { availableBytes: shown.available }),
        usageBytes: Math.floor(reading.memoryBytes * 1.1),
        workingSetBytes: reading.memoryBytes,
        rssBytes: Math.floor(reading.memoryBytes * 0.7),
        pageFaults: Math.floor(reading.memoryBytes / 4096),
        majorPageFaults: 0,
        ...this.#psi(shown.stalls('memory')),
      },
    }
  }

  #network(nowMs: number): Json {
    const counters = { name: 'eth0', rxBytes: 81_734_023, rxErrors: 0, txBytes: 90_233_412, txErrors: 0 }
    return { time: this.#time(nowMs), ...counters, interfaces: [counters] }
  }

  #nodeBytes(): number {
    return nodeStorageBytesAt(
      this.#report.pods.map(({ pod }) => pod),
      this.#report.nowMs,
    )
  }

  #podBytes(containers: readonly ContainerReading[]): number {
    return containers.reduce((sum, { container }) => {
      const { rootfs = 0, logs = 0 } = storageBytesAt(container, this.#report.nowMs) ?? {}
      return sum + rootfs + logs
    }, 0)
  }

  /** Available and capacity are the filesystem's, used bytes those of one part of it. */
  #fileSystem(nowMs: number, usedBytes: number): Json {
    const inodes = { inodesFree: 6_000_000, inodes: 6_553_600, inodesUsed: 553_600 }
    return { time: this.#time(nowMs), availableBytes: 60 * GI, capacityBytes: 100 * GI, usedBytes, ...inodes }
  }

  #time(worldMs: number): string {
    return time(worldMs + this.#report.offsetMs)
  }
}
