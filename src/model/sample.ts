import type { PressureSample } from './pressure.ts'

/**
 * What one kubelet said in one answer, both formats alike. A field that the kubelet left out, or gave as null or as
 * something that is no finite number of at least 0, is `undefined`; it is never 0. A time that cannot be one of a sample
 * (1970, the zero times of several languages) is `undefined` too.
 */
export interface NodeSample {
  readonly source: 'summary' | 'resource'
  /** The name that the kubelet gives itself (Summary only). */
  readonly nodeName: string | undefined
  readonly node: ResourceSample | undefined
  /** Each namespace, name and uid once; several pods of one name where the kubelet lists them with different uids. */
  readonly pods: readonly PodSample[]
  /** Of the node, pods and containers; only where it is asked for (`--expose-resource-metrics`), of a Summary. */
  readonly pressure?: readonly PressureSample[]
  /** Pods that are not among these because what the answer says of them is contradictory or beyond bounds. */
  readonly leftOut?: LeftOut
}

/** Pods of an answer that were left out. */
export interface LeftOut {
  /** Why the first of them was, from a fixed set of sentences about a pod. */
  readonly reason: string
  /** How many for that reason. */
  readonly count: number
  /** One of them, namespace and name on one printable line. */
  readonly example: string
}

/** CPU and memory of a node or a container at one moment. */
export interface ResourceSample {
  /** When this was sampled, by the node's clock, milliseconds since the epoch (the Summary cuts it to whole seconds). */
  readonly timeMs: number | undefined
  /** When the container or node started, by the node's clock, milliseconds since the epoch. */
  readonly startTimeMs: number | undefined
  /** CPU used since the start, nanoseconds of one core. Only ever grows while the start stays the same. */
  readonly cpuNanoseconds: number | undefined
  /** The kubelet's own rate, nanocores (`usageNanoCores`, Summary only). 0 may mean "not known yet". */
  readonly cpuNanocores: number | undefined
  /** Working set, bytes. */
  readonly workingSetBytes: number | undefined
  /** Swap in use, bytes. */
  readonly swapBytes: number | undefined
  /** Swap that could still be used, bytes (Summary only). */
  readonly swapAvailableBytes: number | undefined
  /**
   * Of a container its writable layer and its logs together, of a node the used bytes of its root filesystem (whole Summary
   * only). `undefined` where one of the two is not reported.
   */
  readonly ephemeralStorageBytes: number | undefined
}

export interface ContainerSample extends ResourceSample {
  readonly name: string
}

/**
 * The samples of several containers as bare numbers, a row for each (sample-rows.ts has the columns), NaN for what the kubelet
 * did not report. A scrape cycle has tens of thousands of containers: as objects they would be most of what the garbage
 * collector has to collect.
 */
export interface SampleRows {
  readonly names: readonly string[]
  readonly numbers: readonly number[]
}

export interface PodSample {
  readonly namespace: string
  readonly name: string
  /** Summary only; never empty. */
  readonly uid: string | undefined
  /** Each name once. One container may have the empty name: then it is all of the pod. */
  readonly containers: SampleRows
}

/** A moment on both of our own clocks, milliseconds: the middle of a request to a kubelet. */
export interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

/** An answer of a kubelet, decoded, with the moment at which we hold its values to have been taken. */
export interface Scrape {
  readonly sample: NodeSample
  readonly askedAt: Moment
  /** How long the request took, milliseconds: the values were taken within half of that of `askedAt`. */
  readonly tookMs?: number
  /** The node's own clock at that moment, milliseconds since the epoch, to within a second (from the `Date` header). */
  readonly nodeTimeMs?: number | undefined
  /** The kubelet was asked for its whole Summary, with filesystems, and not for CPU and memory alone. */
  readonly wholeSummary?: boolean
}

/** Why a sample was left out: it is more than the machine has, or contradicts what the same kubelet reported before. */
export const REJECTION_REASONS = [
  'cpu-beyond-capacity',
  'memory-beyond-capacity',
  'counter-fell',
  'counter-missing',
  'start-moved',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]
