import type { Clock } from '../model/clock.ts'
import type { NodeCapacity, PodRecord } from '../model/cluster-objects.ts'
import type { PressureResource } from '../model/pressure.ts'
import type { PodSample, RejectionReason, Scrape } from '../model/sample.ts'
import type { NodeUsage, PodUsage } from '../model/usage.ts'
import { LEAST_WINDOW_SHARE, type Limits } from './cpu-rate.ts'
import {
  type MetricField,
  NodeEntry,
  type PodEntry,
  type PodOutcome,
  type ReceiveContainer,
  type ReportedValue,
} from './entries.ts'
import { PodTable } from './pod-table.ts'
import { PodWatch, type WatchedPods } from './pod-watch.ts'
import { PressureStore, type ReceivePressure } from './pressure.ts'
import { SampleComparer } from './sample-comparer.ts'
import { type ScrapeClock, scrapeClock } from './scrape-clock.ts'

/** How long the samples of a silent node are kept for comparison. */
const COMPARED_MS = 10 * 60_000
/** Measured usage may exceed the capacity by this factor, since the ends of a window are not exact. */
const MARGIN = 1.05
/** More than any machine has, nanocores (10,000 cores): kubelets have reported 10^18 after a counter was set back. */
const MOST_NANOCORES = 1e13
/** More memory than any machine has, bytes (8 PiB), and the largest whole number that a double holds exactly. */
const MOST_BYTES = 2 ** 53
/** The number of left-out samples that are named. */
const MOST_NAMED = 3

interface StoreOptions {
  readonly clock: Clock
  readonly resolutionMs: number
  /** A sample that no response has confirmed for longer than this is not served (`--sample-retention`). */
  readonly retentionMs: number
  /**
   * For how long ephemeral storage is served after the whole Summary that reported it; `undefined`: it is not kept.
   */
  readonly storageRetentionMs?: number | undefined
  /** Pressure is kept. */
  readonly keepsPressure?: boolean
}

interface PutOptions {
  /** `status.capacity` of the Node. */
  readonly capacity?: NodeCapacity | undefined
  /** The scrape was an extra one, for new pods. */
  readonly isExtra?: boolean
}

/** The outcome of a scrape, for the log, for metrics, and for the time of the next scrape. */
export interface PutResult {
  /** The node itself can be served, or its kubelet does not report it. */
  readonly node: boolean
  /** In how many milliseconds another scrape would make one of them whole; `undefined` when the next ordinary one will do. */
  readonly anotherMs: number | undefined
  readonly rejected: Rejected
  /** A pod that another node has reported for longer. */
  readonly contested: { readonly pod: string; readonly otherNode: string } | undefined
}

/** Samples that were left out because they exceed the capacity or contradict earlier ones. */
interface Rejected {
  readonly counts: ReadonlyMap<RejectionReason, number>
  /** The first few, for people: "namespace/pod/container: reason". */
  readonly examples: readonly string[]
}

const NONE_REJECTED: Rejected = { counts: new Map(), examples: [] }

/** What the store knows of one node. */
interface NodeSampleStatus {
  /** The time of the node's served sample, milliseconds since the epoch; `undefined` when nothing is served. */
  readonly timestampMs: number | undefined
  /** Pods that its kubelet reported last, and those of them that can be served. */
  readonly pods: { readonly reported: number; readonly served: number }
}

/**
 * The last good samples of every node and container, and the usage computed from them. A pod that two nodes report is kept
 * for each of them.
 */
export class Store {
  readonly #options: StoreOptions
  readonly #nodes = new Map<string, NodeEntry>()
  readonly #pods = new PodTable()
  readonly #comparer: SampleComparer
  readonly #pressure: PressureStore | undefined
  readonly #outcome: PodOutcome = { anotherMs: Number.NaN, rejected: undefined }
  readonly #watched: WatchedPods = {
    table: this.#pods,
    served: (record) => this.#served(record),
    oldestMs: () => this.#options.clock.monotonicMs() - this.#options.retentionMs,
  }

  constructor(options: StoreOptions) {
    this.#options = options
    this.#comparer = new SampleComparer(options.resolutionMs)
    const { retentionMs, storageRetentionMs: wholeRetentionMs = 0 } = options
    this.#pressure = options.keepsPressure ? new PressureStore({ retentionMs, wholeRetentionMs }) : undefined
  }

  /**
   * Adds a scrape of a node. A pod that it does not list stays for one more scrape, since kubelets sometimes leave out all
   * pods once; a pod that has ended is removed when the apiserver says so.
   */
  put(nodeName: string, scrape: Scrape, { capacity, isExtra = false }: PutOptions = {}): PutResult {
    const entry = this.#nodes.get(nodeName) ?? new NodeEntry(nodeName)
    this.#nodes.set(nodeName, entry)
    const limits = limitsOf(capacity)
    this.#comparer.isExtra = isExtra
    const clock = entry.take(scrape, this.#comparer, limits)
    const { storageRetentionMs } = this.#options
    const isWhole = scrape.wholeSummary === true
    if (storageRetentionMs !== undefined) entry.takeStorage(scrape.sample, clock, isWhole, storageRetentionMs)
    this.#pressure?.put(nodeName, scrape.sample.pressure ?? [], { clock, isWhole })
    const rejected = new RejectedSamples()
    const { rejected: ofNode } = this.#comparer.last
    if (ofNode !== undefined && scrape.sample.node !== undefined) rejected.add(ofNode, () => 'the node')
    const outcome = this.#outcome
    const { pods } = entry
    const displaced: PodEntry[] = []
    let listed = 0
    let anotherMs = Number.NaN
    let contested: PutResult['contested']
    for (const sample of scrape.sample.pods) {
      const there = pods[listed]
      const pod = this.#podOf(entry, there, sample)
      // A known pod that is listed without containers is treated as one that is not listed.
      if (pod === undefined || pod.clock === clock || (sample.containers.names.length === 0 && pod.clock)) continue
      pod.take(sample, clock, this.#comparer, limits, outcome)
      if (storageRetentionMs !== undefined) pod.takeStorage(sample, clock, isWhole, storageRetentionMs)
      if (outcome.anotherMs < anotherMs || Number.isNaN(anotherMs)) anotherMs = outcome.anotherMs
      const { rejected: left } = outcome
      if (left !== undefined) rejected.add(left.reason, () => `${pod.namespace}/${pod.name}/${left.container}`)
      if (pod.isShared) contested ??= this.#contestedBy(pod)
      if (pod !== there) {
        if (there !== undefined) displaced.push(there)
        pods[listed] = pod
      }
      listed++
    }
    for (const pod of pods.splice(listed)) displaced.push(pod)
    this.#keepMissing(entry, displaced, clock)
    return {
      node: entry.usage !== undefined || scrape.sample.node === undefined,
      anotherMs: Number.isNaN(anotherMs) ? undefined : anotherMs,
      rejected: rejected.result(),
      contested,
    }
  }

  /** Adds the ephemeral storage of a whole Summary, and of the rest only its pressure, to what the node's last scrape reported. */
  putStorage(nodeName: string, scrape: Scrape): void {
    const { storageRetentionMs } = this.#options
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined || storageRetentionMs === undefined) return
    const clock = scrapeClock(scrape, entry.clock)
    entry.takeStorage(scrape.sample, clock, true, storageRetentionMs)
    this.#pressure?.put(nodeName, scrape.sample.pressure ?? [], { clock, isWhole: true })
    for (const sample of scrape.sample.pods) this.#pods.find(sample, entry)?.putStorage(sample, clock)
  }

  /** Removes a node that has left the cluster, with all that it reported. */
  forget(nodeName: string): void {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return
    for (const pod of entry.pods) this.#pods.remove(pod)
    this.#nodes.delete(nodeName)
    this.#pressure?.forget(nodeName)
  }

  /**
   * Removes a node that has been silent for long; to be called when a scrape fails. After the retention its samples are not
   * served, but for some time new ones can still be compared with them.
   */
  dropExpired(nodeName: string): void {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return
    const silentMs = this.#options.clock.monotonicMs() - entry.answeredAtMs
    if (silentMs > Math.max(this.#options.retentionMs, COMPARED_MS)) this.forget(nodeName)
  }

  /** The usage of a node; `undefined` when there is none within the retention. */
  node(nodeName: string): NodeUsage | undefined {
    const entry = this.#nodes.get(nodeName)
    return entry !== undefined && this.#fresh(entry.usageAtMs) ? entry.usage : undefined
  }

  /** The state of a node's samples, for /statusz; `undefined` for an unknown node. */
  nodeStatus(nodeName: string): NodeSampleStatus | undefined {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return undefined
    let [reported, served] = [0, 0]
    for (const pod of entry.pods) {
      if (Number.isNaN(pod.missingSinceMs)) reported++
      if (this.#fresh(pod.usageAtMs)) served++
    }
    return { timestampMs: this.node(nodeName)?.timestampMs, pods: { reported, served } }
  }

  /** The usage of a pod, from the node that is believed most (see {@link isBetter}). */
  pod(record: PodRecord): PodUsage | undefined {
    return this.#served(record)?.usage
  }

  /** The usage of several pods that are read again and again. */
  watchPods(records: readonly PodRecord[]): PodWatch {
    return new PodWatch(records, this.#watched)
  }

  /** The names of the nodes that were scraped within the retention. */
  answering(): string[] {
    return [...this.#nodes].flatMap(([name, entry]) => (this.#fresh(entry.answeredAtMs) ? [name] : []))
  }

  /** A field of the node as its kubelet reported it last; `undefined` when that is older than the retention. */
  reported(nodeName: string, field: MetricField): ReportedValue | undefined {
    return this.#answering(nodeName)?.reported(field)
  }

  /** Calls `receive` with a field of each container as the kubelet reported it last, also for those without a rate. */
  forEachContainer(nodeName: string, field: MetricField, receive: ReceiveContainer): void {
    for (const pod of this.#answering(nodeName)?.pods ?? []) {
      if (!Number.isNaN(pod.missingSinceMs)) continue
      pod.forEachReported(field, (container, value, timestampMs) =>
        receive(pod.namespace, pod.name, container, value, timestampMs),
      )
    }
  }

  /** Calls `receive` with a total of pressure of the node, its pods and their containers. */
  forEachPressure(nodeName: string, resource: PressureResource, kind: 'some' | 'full', receive: ReceivePressure): void {
    if (this.#answering(nodeName) !== undefined) this.#pressure?.forEach(nodeName, resource, kind, receive)
  }

  /** The number of nodes that can be served now. */
  servedNodes(): number {
    let nodes = 0
    for (const entry of this.#nodes.values()) if (this.#fresh(entry.usageAtMs)) nodes++
    return nodes
  }

  /** The numbers of nodes and containers that can be served now. Iterates over all pods. */
  points(): { nodes: number; containers: number } {
    let containers = 0
    for (const entry of this.#nodes.values()) {
      for (const pod of entry.pods) if (this.#fresh(pod.usageAtMs)) containers += pod.servedContainers
    }
    return { nodes: this.servedNodes(), containers }
  }

  #served(record: PodRecord): PodEntry | undefined {
    let best: PodEntry | undefined
    for (let entry = this.#pods.first(record.namespace, record.name); entry !== undefined; entry = entry.next) {
      if (!this.#fresh(entry.usageAtMs) || !entry.isOf(record.uid)) continue
      if (best === undefined || isBetter(entry, best)) best = entry
    }
    return best
  }

  /** Kubelets mostly list pods in the same order: `there` is the pod at this index of the last response. */
  #podOf(node: NodeEntry, there: PodEntry | undefined, { namespace, name, uid }: PodSample): PodEntry | undefined {
    if (there?.isNamed(namespace, name) && there.isOf(uid)) return there
    return this.#pods.entryOf(namespace, name, node, uid)
  }

  /** Keeps pods that this response does not list, and removes those that the one before did not list either. */
  #keepMissing(node: NodeEntry, pods: readonly PodEntry[], clock: ScrapeClock): void {
    const nowMs = clock.askedAt.monotonicMs
    for (const pod of pods) {
      // Pods of this response were only displaced by a change of order.
      if (pod.clock === clock) continue
      if (Number.isNaN(pod.missingSinceMs)) pod.missingSinceMs = nowMs
      const isGone = nowMs - pod.missingSinceMs >= LEAST_WINDOW_SHARE * this.#options.resolutionMs
      if (isGone) this.#pods.remove(pod)
      else node.pods.push(pod)
    }
  }

  #contestedBy(pod: PodEntry): PutResult['contested'] {
    const other = this.#pods.earlierClaim(pod)
    return other && { pod: `${pod.namespace}/${pod.name}`, otherNode: other.name }
  }

  #answering(nodeName: string): NodeEntry | undefined {
    const entry = this.#nodes.get(nodeName)
    return entry !== undefined && this.#fresh(entry.answeredAtMs) ? entry : undefined
  }

  #fresh(atMs: number): boolean {
    return this.#options.clock.monotonicMs() - atMs <= this.#options.retentionMs
  }
}

/**
 * Which of two entries of one name is believed: one with the uid that the apiserver has, then one that its node listed
 * last, then without uids the later start. Of two nodes that report one uid the earlier one stays.
 */
function isBetter(entry: PodEntry, than: PodEntry): boolean {
  const [hasUid, thanHasUid] = [entry.uid !== undefined, than.uid !== undefined]
  if (hasUid !== thanHasUid) return hasUid
  const [isListed, thanIsListed] = [Number.isNaN(entry.missingSinceMs), Number.isNaN(than.missingSinceMs)]
  if (isListed !== thanIsListed) return isListed
  if (hasUid) return false
  if (entry.latestStartMs !== than.latestStartMs) return entry.latestStartMs > than.latestStartMs
  return entry.usageAtMs > than.usageAtMs
}

function limitsOf(capacity: NodeCapacity | undefined): Limits {
  const { cpuNanocores, memoryBytes } = capacity ?? {}
  return {
    nanocores: cpuNanocores ? cpuNanocores * MARGIN : MOST_NANOCORES,
    bytes: memoryBytes ? memoryBytes * MARGIN : MOST_BYTES,
  }
}

/** Collects the samples left out of a scrape; allocates nothing when there are none. */
class RejectedSamples {
  #counts: Map<RejectionReason, number> | undefined
  readonly #examples: string[] = []

  add(reason: RejectionReason, of: () => string): void {
    this.#counts ??= new Map()
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    if (this.#examples.length < MOST_NAMED) this.#examples.push(`${of()}: ${reason}`)
  }

  result(): Rejected {
    return this.#counts === undefined ? NONE_REJECTED : { counts: this.#counts, examples: this.#examples }
  }
}
