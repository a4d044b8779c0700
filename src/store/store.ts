import type { Clock } from '../model/clock.ts'
import type { NodeCapacity, PodRecord } from '../model/cluster-objects.ts'
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
import { SampleComparer } from './sample-comparer.ts'
import type { ScrapeClock } from './scrape-clock.ts'

/** How long the samples of a silent node are kept for comparison. */
const COMPARED_MS = 10 * 60_000
/** What is measured may be that much above what the machine has: the ends of a window are not exact. */
const MARGIN = 1.05
/** More than any machine has, nanocores (10,000 cores): kubelets have reported 10^18 after a counter was set back. */
const MOST_NANOCORES = 1e13
/** More memory than any machine has, bytes (8 PiB), and the largest whole number that a double holds exactly. */
const MOST_BYTES = 2 ** 53
/** Of what was left out of an answer so much is named. */
const MOST_NAMED = 3

interface StoreOptions {
  readonly clock: Clock
  readonly resolutionMs: number
  /** A sample that no answer confirmed for longer than this is served no longer (`--sample-retention`). */
  readonly retentionMs: number
}

interface PutOptions {
  /** What the node has, as its Node says. */
  readonly capacity?: NodeCapacity | undefined
  /** The scrape did not come in its turn, but for the sake of one pod. */
  readonly isExtra?: boolean
}

/** What a scrape brought, for the log, for metrics, and for deciding when to scrape again. */
export interface PutResult {
  /** The node itself can be served, or its kubelet says nothing of it. */
  readonly node: boolean
  /** In how many milliseconds another scrape would make one of them whole; `undefined` when the next ordinary one will do. */
  readonly anotherMs: number | undefined
  readonly rejected: Rejected
  /** A pod that another node reports too, and has done so for longer. */
  readonly contested: { readonly pod: string; readonly otherNode: string } | undefined
}

/** Samples that were left out, because they are more than the machine has or contradict those before. */
interface Rejected {
  readonly counts: ReadonlyMap<RejectionReason, number>
  /** The first few, for people: "namespace/pod/container: reason". */
  readonly examples: readonly string[]
}

const NONE_REJECTED: Rejected = { counts: new Map(), examples: [] }

/** What there is of one node. */
interface NodeSampleStatus {
  /** What is served of the node was measured then, milliseconds since the epoch; `undefined` when nothing is served. */
  readonly timestampMs: number | undefined
  /** Pods that its kubelet reported last, and those of them with something to serve. */
  readonly pods: { readonly reported: number; readonly served: number }
}

/**
 * The last good samples of every node and container, and the usage computed from them. Each node is taken as it comes; a
 * pod that two nodes report is kept for each.
 */
export class Store {
  readonly #options: StoreOptions
  readonly #nodes = new Map<string, NodeEntry>()
  readonly #pods = new PodTable()
  readonly #comparer: SampleComparer
  readonly #outcome: PodOutcome = { anotherMs: Number.NaN, rejected: undefined }
  readonly #watched: WatchedPods = {
    table: this.#pods,
    served: (record) => this.#served(record),
    oldestMs: () => this.#options.clock.monotonicMs() - this.#options.retentionMs,
  }

  constructor(options: StoreOptions) {
    this.#options = options
    this.#comparer = new SampleComparer(options.resolutionMs)
  }

  /**
   * Takes an answer of a node's kubelet. A pod that it does not list stays for that one answer: kubelets have been seen
   * to leave out all of them once, and one that has ended is taken away by the apiserver's word.
   */
  put(nodeName: string, scrape: Scrape, { capacity, isExtra = false }: PutOptions = {}): PutResult {
    const entry = this.#nodes.get(nodeName) ?? new NodeEntry(nodeName)
    this.#nodes.set(nodeName, entry)
    const limits = limitsOf(capacity)
    this.#comparer.isExtra = isExtra
    const clock = entry.take(scrape, this.#comparer, limits)
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
      // Of a pod that is listed without containers there is no more to know than of one that is not listed.
      if (pod === undefined || pod.clock === clock || (sample.containers.names.length === 0 && pod.clock)) continue
      pod.take(sample, clock, this.#comparer, limits, outcome)
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

  /** A node that is gone from the cluster, with all that it reported. */
  forget(nodeName: string): void {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return
    for (const pod of entry.pods) this.#pods.remove(pod)
    this.#nodes.delete(nodeName)
  }

  /**
   * Lets go of a node that has been silent for long. To be called when a node does not answer. Past the retention its
   * samples are served no longer, but for some time a new one can be compared with them, which no guess can replace.
   */
  dropExpired(nodeName: string): void {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return
    const silentMs = this.#options.clock.monotonicMs() - entry.answeredAtMs
    if (silentMs > Math.max(this.#options.retentionMs, COMPARED_MS)) this.forget(nodeName)
  }

  /** What is to be served of a node; `undefined` when there is nothing, or nothing within the retention. */
  node(nodeName: string): NodeUsage | undefined {
    const entry = this.#nodes.get(nodeName)
    return entry !== undefined && this.#fresh(entry.usageAtMs) ? entry.usage : undefined
  }

  /** What a node's last answer comes to, for people who look; `undefined` when nothing is known of the node. */
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

  /** What is to be served of a pod: the freshest that a node says of this very pod (same uid, where the node says one). */
  pod(record: PodRecord): PodUsage | undefined {
    return this.#served(record)?.usage
  }

  /** The same of several pods that are asked for again and again. */
  watchPods(records: readonly PodRecord[]): PodWatch {
    return new PodWatch(records, this.#watched)
  }

  /** The names of the nodes whose kubelet answered within the retention. */
  answering(): string[] {
    return [...this.#nodes].flatMap(([name, entry]) => (this.#fresh(entry.answeredAtMs) ? [name] : []))
  }

  /** What a node's kubelet reported last of the node itself; nothing when its last answer is older than the retention. */
  reported(nodeName: string, field: MetricField): ReportedValue | undefined {
    return this.#answering(nodeName)?.reported(field)
  }

  /** What a node's kubelet reported last of each container, as {@link reported}. Nothing is left out for want of a rate. */
  forEachContainer(nodeName: string, field: MetricField, receive: ReceiveContainer): void {
    for (const pod of this.#answering(nodeName)?.pods ?? []) {
      if (!Number.isNaN(pod.missingSinceMs)) continue
      pod.forEachReported(field, (container, value, timestampMs) =>
        receive(pod.namespace, pod.name, container, value, timestampMs),
      )
    }
  }

  /** How many nodes can be served now. */
  servedNodes(): number {
    let nodes = 0
    for (const entry of this.#nodes.values()) if (this.#fresh(entry.usageAtMs)) nodes++
    return nodes
  }

  /** How many nodes and containers can be served now. Walks everything. */
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

  /** A kubelet lists pods in a steady order most of the time: `there` is the one that it listed here before. */
  #podOf(node: NodeEntry, there: PodEntry | undefined, { namespace, name, uid }: PodSample): PodEntry | undefined {
    if (there?.isNamed(namespace, name) && there.isOf(uid)) return there
    return this.#pods.entryOf(namespace, name, node, uid)
  }

  /** Pods of the node that this answer does not list: they go when it is not the first one. */
  #keepMissing(node: NodeEntry, pods: readonly PodEntry[], clock: ScrapeClock): void {
    const nowMs = clock.askedAt.monotonicMs
    for (const pod of pods) {
      // Those that had another place are somewhere else in the list.
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
 * Which of two entries of one name is to be believed: the one with the uid that the apiserver has, one that the last
 * answer of its node listed, and without uids the later start. Of two nodes that report one uid the earlier stays.
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

/** Gathers what was left out of an answer; costs nothing where nothing was. */
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
