import type { Clock } from '../model/clock.ts'
import type { PodRecord } from '../model/cluster-objects.ts'
import type { PodSample, Scrape } from '../model/sample.ts'
import type { NodeUsage, PodUsage } from '../model/usage.ts'
import type { Figure, TakeContainer, Told } from './figure.ts'
import { NodeEntry } from './node-entry.ts'
import type { PodEntry } from './pod-entry.ts'
import { PodTable } from './pod-table.ts'
import { PodWatch, type WatchedPods } from './pod-watch.ts'
import { Taking } from './taking.ts'

/** How long the samples of a silent node are kept for comparison. */
const COMPARED_MS = 10 * 60_000

export interface StoreOptions {
  readonly clock: Clock
  readonly resolutionMs: number
  /** A sample older than this is served no longer (`--sample-retention`). */
  readonly retentionMs: number
}

/** What a scrape brought, for the log and for deciding when to ask again. */
export interface Stored {
  /** The node itself can be served. */
  readonly node: boolean
  /** Pods that wait for a second sample. */
  readonly podsWaiting: number
}

/** What there is of one node. */
export interface Held {
  /** What is served of the node was measured then, milliseconds since the epoch; `undefined` when nothing is served. */
  readonly timestampMs: number | undefined
  /** Pods that its kubelet reported last, and those of them with something to serve. */
  readonly pods: { readonly reported: number; readonly served: number }
}

/**
 * The last samples of every node and container, and the usage computed from them. Each node is taken as it comes; a
 * pod that two nodes report is kept for each.
 */
export class Store {
  readonly #options: StoreOptions
  readonly #nodes = new Map<string, NodeEntry>()
  readonly #pods = new PodTable()
  readonly #taking: Taking
  readonly #watched: WatchedPods = {
    table: this.#pods,
    served: (record) => this.#served(record),
    oldestMs: () => this.#options.clock.monotonicMs() - this.#options.retentionMs,
  }

  constructor(options: StoreOptions) {
    this.#options = options
    this.#taking = new Taking(options.resolutionMs)
  }

  /** Takes an answer of a node's kubelet. Pods that it no longer lists are dropped. */
  put(nodeName: string, scrape: Scrape): Stored {
    const entry = this.#nodes.get(nodeName) ?? new NodeEntry()
    this.#nodes.set(nodeName, entry)
    const answer = entry.takeNode(scrape, this.#taking)
    const { pods } = entry
    const displaced: PodEntry[] = []
    let listed = 0
    let waiting = 0
    for (const sample of scrape.sample.pods) {
      const there = pods[listed]
      const pod = this.#podOf(entry, there, sample)
      const isListedAgain = pod.answer === answer
      pod.take(sample, answer, this.#taking)
      if (isListedAgain) continue
      if (!pod.complete) waiting++
      if (pod !== there) {
        if (there !== undefined) displaced.push(there)
        pods[listed] = pod
      }
      listed++
    }
    displaced.push(...pods.splice(listed))
    // Those that had another place are somewhere else in the list, or no longer in it.
    for (const pod of displaced) if (pod.answer !== answer) this.#pods.remove(pod)
    return { node: entry.usage !== undefined, podsWaiting: waiting }
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
  held(nodeName: string): Held | undefined {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return undefined
    let served = 0
    for (const pod of entry.pods) if (this.#fresh(pod.usageAtMs)) served++
    return { timestampMs: this.node(nodeName)?.timestampMs, pods: { reported: entry.pods.length, served } }
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

  /** What a node's kubelet told last of the node itself; nothing when its last answer is older than the retention. */
  told(nodeName: string, figure: Figure): Told | undefined {
    return this.#answering(nodeName)?.told(figure)
  }

  /** What a node's kubelet told last of each container, as {@link told}. Nothing is left out for want of a rate. */
  tellContainers(nodeName: string, figure: Figure, take: TakeContainer): void {
    for (const pod of this.#answering(nodeName)?.pods ?? []) {
      pod.tell(figure, (container, value, timestampMs) => take(pod.namespace, pod.name, container, value, timestampMs))
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
    let entry = this.#pods.first(record.namespace, record.name)
    for (; entry !== undefined; entry = entry.next) {
      const isCandidate = this.#fresh(entry.usageAtMs) && entry.isOf(record.uid)
      if (isCandidate && (best === undefined || entry.usageAtMs > best.usageAtMs)) best = entry
    }
    return best
  }

  /** A kubelet lists pods in a steady order most of the time: `there` is the one that it listed here before. */
  #podOf(node: NodeEntry, there: PodEntry | undefined, { namespace, name, uid }: PodSample): PodEntry {
    const before = there?.isNamed(namespace, name) ? there : this.#pods.of(namespace, name, node)
    if (before?.isOf(uid)) return before
    if (before !== undefined) this.#pods.remove(before)
    return this.#pods.add(namespace, name, node)
  }

  #answering(nodeName: string): NodeEntry | undefined {
    const entry = this.#nodes.get(nodeName)
    return entry !== undefined && this.#fresh(entry.answeredAtMs) ? entry : undefined
  }

  #fresh(atMs: number): boolean {
    return this.#options.clock.monotonicMs() - atMs <= this.#options.retentionMs
  }
}
