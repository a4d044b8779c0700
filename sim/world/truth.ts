import { burnedByAllRuns, runAt } from './life.ts'
import type { Memory, SimContainer, SimNode, SimPod } from './things.ts'

/** CPU that the start of a container costs, and how long it takes. */
const START_NANOSECONDS = 18_000_000
const START_MS = 150
const PAGE = 4096

function burned(container: SimContainer): (ageMs: number) => number {
  return (ageMs) => START_NANOSECONDS * Math.min(1, ageMs / START_MS) + container.rate.burned(ageMs)
}

/**
 * The counter of a container at `timeMs` (milliseconds since the epoch): CPU of its present run, nanoseconds of one
 * core, with fractions; `undefined` while it is not running.
 */
export function cpuNanosecondsAt(container: SimContainer, timeMs: number): number | undefined {
  const run = runAt(container, timeMs)
  return run && burned(container)(timeMs - run.startMs)
}

function swinging(memory: Memory, timeMs: number): number {
  const swing = memory.swingBytes * Math.sin((2 * Math.PI * timeMs) / memory.periodMs)
  return Math.floor((memory.baseBytes + swing) / PAGE) * PAGE
}

/** Working set of a container, bytes, whole pages; 0 while it is not running. */
export function memoryBytesAt(container: SimContainer, timeMs: number): number {
  return runAt(container, timeMs) === undefined ? 0 : swinging(container.memory, timeMs)
}

/** Swap in use of a container at `timeMs`, bytes, whole pages: an eighth of its memory where the node has swap. */
export function swapBytesAt(container: SimContainer, node: Pick<SimNode, 'swapBytes'>, timeMs: number): number {
  return node.swapBytes === 0 ? 0 : Math.floor(memoryBytesAt(container, timeMs) / 8 / PAGE) * PAGE
}

export function nodeSwapBytesAt(node: SimNode, pods: Iterable<SimPod>, timeMs: number): number {
  let total = 0
  for (const pod of pods) for (const container of pod.containers) total += swapBytesAt(container, node, timeMs)
  return total
}

const BLOCK = 4096
/** How much each part of a container's storage grows each second until it is full, bytes. */
const ROOTFS_GROWTH = 24 * 1024
const LOGS_GROWTH = 3 * 1024
/** The kubelet rotates logs at 10 MiB and keeps five files (--container-log-max-size, --container-log-max-files). */
const MOST_LOGS = 50 * 2 ** 20
const MOST_ROOTFS = 2 ** 30
/** Images, packages and whatever else a node has on its root filesystem. */
const NODE_BASE_BYTES = 12 * 2 ** 30

/** Ephemeral storage of a container in its present run, bytes. */
export interface StorageBytes {
  readonly rootfs: number
  readonly logs: number
}

const grown = (bytes: number, most: number): number => Math.floor(Math.min(bytes, most) / BLOCK) * BLOCK

/**
 * What a container uses of its node's disk at `timeMs`: its writable layer, which is new with each run, and its logs, which
 * stay; `undefined` while it is not running.
 */
export function storageBytesAt(container: SimContainer, timeMs: number): StorageBytes | undefined {
  const run = runAt(container, timeMs)
  if (run === undefined) return undefined
  const base = container.memory.baseBytes / 16
  const [ranSeconds, loggedSeconds] = [run.startMs, container.births[0] ?? run.startMs].map(
    (sinceMs) => Math.max(0, timeMs - sinceMs) / 1000,
  ) as [number, number]
  return {
    rootfs: grown(base + ranSeconds * ROOTFS_GROWTH, MOST_ROOTFS),
    logs: grown(BLOCK + loggedSeconds * LOGS_GROWTH, MOST_LOGS),
  }
}

/** Used bytes of a node's root filesystem at `timeMs`. */
export function nodeStorageBytesAt(pods: Iterable<SimPod>, timeMs: number): number {
  let total = NODE_BASE_BYTES
  for (const pod of pods) {
    for (const container of pod.containers) {
      const { rootfs = 0, logs = 0 } = storageBytesAt(container, timeMs) ?? {}
      total += rootfs + logs
    }
  }
  return total
}

/** Time in which tasks of a cgroup stalled, whole microseconds. */
export interface Stalls {
  readonly some: number
  readonly full: number
}

/** How much of the time that a container, or a node, is there its tasks stall. */
const STALLING = { cpu: 0.041, memory: 0.0023, io: 0.0071 }
const FULL_SHARE = 0.37

const stalls = (microseconds: number): Stalls => ({
  some: Math.floor(microseconds),
  full: Math.floor(microseconds * FULL_SHARE),
})

const stalled = (resource: keyof typeof STALLING) => (ageMs: number) => ageMs * 1000 * STALLING[resource]

/** The stalls of a container in its present run; `undefined` while it is not running. */
export function stallsAt(container: SimContainer, resource: keyof typeof STALLING, timeMs: number): Stalls | undefined {
  const run = runAt(container, timeMs)
  return run && stalls(stalled(resource)(timeMs - run.startMs))
}

/** The stalls of all runs of all containers of a pod between two times. */
export function podStallsBetween(pod: SimPod, resource: keyof typeof STALLING, fromMs: number, timeMs: number): Stalls {
  const until = (ms: number) =>
    pod.containers.reduce((sum, each) => sum + burnedByAllRuns(each, ms, stalled(resource)), 0)
  return stalls(until(timeMs) - until(fromMs))
}

/** The stalls of a node since it booted. */
export function nodeStallsAt(node: SimNode, resource: keyof typeof STALLING, timeMs: number): Stalls {
  return stalls(stalled(resource)(Math.max(0, timeMs - node.bootMs)))
}

/** CPU of all runs of all containers of a pod up to `timeMs`, nanoseconds. */
export function podNanosecondsAt(pod: SimPod, timeMs: number): number {
  return pod.containers.reduce((sum, c) => sum + burnedByAllRuns(c, timeMs, burned(c)), 0)
}

export function podMemoryBytesAt(pod: SimPod, timeMs: number): number {
  return pod.containers.reduce((sum, c) => sum + memoryBytesAt(c, timeMs), 0)
}

/** What the node's counter said at `timeMs`, nanoseconds; 0 before its last boot. */
export function nodeNanosecondsAt(node: SimNode, pods: Iterable<SimPod>, timeMs: number): number {
  if (timeMs <= node.bootMs) return 0
  const burnedByPods = podsOfNodeNanosecondsAt(node, pods, timeMs) - node.burnedBeforeBoot
  return node.system.rate.burned(timeMs - node.bootMs) + burnedByPods
}

/** CPU of all pods that the node ever had, up to `timeMs`, nanoseconds. */
export function podsOfNodeNanosecondsAt(node: SimNode, pods: Iterable<SimPod>, timeMs: number): number {
  let total = node.departedNanoseconds
  for (const pod of pods) total += podNanosecondsAt(pod, timeMs)
  for (const pod of node.departed) total += podNanosecondsAt(pod, timeMs)
  return total
}

export function nodeMemoryBytesAt(node: SimNode, pods: Iterable<SimPod>, timeMs: number): number {
  let total = swinging(node.system.memory, timeMs)
  for (const pod of pods) total += podMemoryBytesAt(pod, timeMs)
  return total
}

/** `Succeeded` once all containers that may end have ended. */
export function phaseAt(pod: SimPod, timeMs: number): 'Running' | 'Succeeded' {
  const finished = pod.containers
    .filter((c) => c.role === 'main')
    .every((c) => c.life.kind === 'once' && timeMs >= (c.births.at(-1) ?? timeMs) + c.life.upMs)
  return finished ? 'Succeeded' : 'Running'
}

/** Whether no container of the pod stops by itself: after each start a container has no rate for a while. */
export function lasts(pod: SimPod): boolean {
  return pod.containers.every((container) => container.life.kind === 'forever')
}
