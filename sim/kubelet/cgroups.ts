import { runAt } from '../world/life.ts'
import type { SimContainer, SimNode, SimPod } from '../world/things.ts'
import {
  cpuNanosecondsAt,
  memoryBytesAt,
  nodeMemoryBytesAt,
  nodeNanosecondsAt,
  nodeSwapBytesAt,
  podMemoryBytesAt,
  podNanosecondsAt,
  swapBytesAt,
} from '../world/truth.ts'
import { HOUSEKEEPING_MS, looksBefore, seedOf } from './housekeeping.ts'

/** When a kubelet looks at what it reports. */
export interface Sampling {
  /** How often cAdvisor looks at nodes and pods, milliseconds. */
  readonly housekeepingMs: number
  /** `when-asked`, or `by-runtime`: as often as cAdvisor, and the kubelet repeats what the runtime dated (CRI-O). */
  readonly containers: 'when-asked' | 'by-runtime'
}

export const USUAL_SAMPLING: Sampling = { housekeepingMs: HOUSEKEEPING_MS, containers: 'when-asked' }

/** What a kubelet knows of a cgroup at one moment. Times are milliseconds since the epoch, by the world's clock. */
export interface Reading {
  readonly timeMs: number
  readonly startMs: number
  /** Whole nanoseconds. */
  readonly cpuNanoseconds: number
  /** Whole nanocores. */
  readonly cpuNanocores: number
  readonly memoryBytes: number
  /** In use; 0 where there is none. */
  readonly swapBytes: number
}

export interface ContainerReading extends Reading {
  readonly container: SimContainer
}

interface Counted {
  readonly seed: number
  readonly sinceMs: number
  cpuAt(timeMs: number): number
  memoryAt(timeMs: number): number
  swapAt(timeMs: number): number
}

/** cAdvisor's view: the last look, and the rate between the last two. Before its first look everything is 0. */
function looked(cgroup: Counted, nowMs: number, intervalMs: number): Reading {
  const { last, previous } = looksBefore(cgroup.seed, cgroup.sinceMs, nowMs, intervalMs)
  const startMs = cgroup.sinceMs
  if (last === undefined) {
    return { timeMs: startMs, startMs, cpuNanoseconds: 0, cpuNanocores: 0, memoryBytes: 0, swapBytes: 0 }
  }
  const cpu = cgroup.cpuAt(last)
  const rate = previous === undefined ? 0 : ((cpu - cgroup.cpuAt(previous)) / (last - previous)) * 1000
  return {
    timeMs: last,
    startMs,
    cpuNanoseconds: Math.floor(cpu),
    cpuNanocores: Math.round(rate),
    memoryBytes: cgroup.memoryAt(last),
    swapBytes: cgroup.swapAt(last),
  }
}

export function readNode(node: SimNode, pods: readonly SimPod[], nowMs: number, { housekeepingMs }: Sampling): Reading {
  const cgroup: Counted = {
    seed: seedOf(node.name),
    sinceMs: node.bootMs,
    cpuAt: (timeMs) => nodeNanosecondsAt(node, pods, timeMs),
    memoryAt: (timeMs) => nodeMemoryBytesAt(node, pods, timeMs),
    swapAt: (timeMs) => nodeSwapBytesAt(node, pods, timeMs),
  }
  return looked(cgroup, nowMs, housekeepingMs)
}

export function readPod(pod: SimPod, node: SimNode, nowMs: number, { housekeepingMs }: Sampling): Reading {
  const sinceMs = Math.max(pod.createdMs, node.bootMs)
  const before = sinceMs > pod.createdMs ? podNanosecondsAt(pod, sinceMs) : 0
  const cgroup: Counted = {
    seed: seedOf(pod.uid),
    sinceMs,
    cpuAt: (timeMs) => podNanosecondsAt(pod, timeMs) - before,
    memoryAt: (timeMs) => podMemoryBytesAt(pod, timeMs),
    swapAt: (timeMs) => pod.containers.reduce((sum, c) => sum + swapBytesAt(c, node, timeMs), 0),
  }
  return looked(cgroup, nowMs, housekeepingMs)
}

/** The container as it is right now; `undefined` while it does not run. `cpuNanocores` is the caller's to find. */
export function readContainer(
  container: SimContainer,
  node: SimNode,
  nowMs: number,
): Omit<ContainerReading, 'cpuNanocores'> | undefined {
  const run = runAt(container, nowMs)
  const cpu = cpuNanosecondsAt(container, nowMs)
  if (run === undefined || cpu === undefined) return undefined
  const memoryBytes = memoryBytesAt(container, nowMs)
  const swapBytes = swapBytesAt(container, node, nowMs)
  return { container, timeMs: nowMs, startMs: run.startMs, cpuNanoseconds: Math.floor(cpu), memoryBytes, swapBytes }
}

/** The container as its runtime saw it last, with the rate between its last two looks; as it is now before the first. */
export function readByRuntime(
  container: SimContainer,
  pod: SimPod,
  node: SimNode,
  nowMs: number,
  { housekeepingMs }: Sampling,
): ContainerReading | undefined {
  const run = runAt(container, nowMs)
  if (run === undefined) return undefined
  const { last, previous } = looksBefore(seedOf(pod.uid), run.startMs, nowMs, housekeepingMs)
  const reading = readContainer(container, node, last ?? nowMs)
  if (reading === undefined) return undefined
  const before = previous === undefined ? undefined : cpuNanosecondsAt(container, previous)
  if (before === undefined || previous === undefined) return { ...reading, cpuNanocores: 0 }
  return {
    ...reading,
    cpuNanocores: Math.round(((reading.cpuNanoseconds - before) * 1000) / (reading.timeMs - previous)),
  }
}
