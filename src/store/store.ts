import type { Clock } from '../model/clock.ts'
import type { PodRecord } from '../model/cluster-objects.ts'
import type { PodSample, Scrape } from '../model/sample.ts'
import type { NodeUsage, PodUsage } from '../model/usage.ts'
import type { Answer } from './answer.ts'
import type { Figure, Told } from './figure.ts'
import { NodeEntry } from './node-entry.ts'
import type { PodEntry } from './pod-entry.ts'
import { keyOf, PodTable } from './pod-table.ts'
import { PodWatch, type WatchedPods } from './pod-watch.ts'

/** How long the samples of a silent node are kept for comparison. */
const COMPARED_MS = 10 * 60_000

export interface StoreOptions {
  readonly clock: Clock
  readonly resolutionMs: number
  /** A sample older than this is served no longer (`--sample-retention`). */
  readonly retentionMs: number
}

/** Takes a figure of a container, with the time that it was sampled at, by our wall clock, milliseconds. */
export type TakeContainer = (
  namespace: string,
  pod: string,
  container: string,
  value: number,
  timestampMs: number,
) => void

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
  readonly #watched: WatchedPods = {
    table: this.#pods,
    served: (record) => this.#served(record),
    oldestMs: () => this.#options.clock.monotonicMs() - this.#options.retentionMs,
  }

  constructor(options: StoreOptions) {
    this.#options = options
  }

  /** Takes an answer of a node's kubelet. Pods that it no longer lists are dropped. */
  put(nodeName: string, scrape: Scrape): Stored {
    const entry = this.#nodes.get(nodeName) ?? new NodeEntry()
    this.#nodes.set(nodeName, entry)
    const answer = entry.takeNode(scrape, this.#options.resolutionMs)
    let waiting = 0
    for (const sample of scrape.sample.pods) {
      const key = keyOf(sample.namespace, sample.name)
      const before = entry.pods.get(key)
      const pod = this.#takePod(before, sample, answer)
      if (pod !== before) {
        if (before !== undefined) this.#pods.remove(before)
        entry.pods.set(pod.key, pod)
      }
      if (!pod.complete) waiting++
    }
    for (const pod of entry.pods.values()) {
      if (pod.answer === answer) continue
      this.#pods.remove(pod)
      entry.pods.delete(pod.key)
    }
    return { node: entry.usage !== undefined, podsWaiting: waiting }
  }

  /** A node that is gone from the cluster, with all that it reported. */
  forget(nodeName: string): void {
    const entry = this.#nodes.get(nodeName)
    if (entry === undefined) return
    for (const pod of entry.pods.values()) this.#pods.remove(pod)
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
    for (const pod of entry.pods.values()) if (this.#fresh(pod.usageAtMs)) served++
    return { timestampMs: this.node(nodeName)?.timestampMs, pods: { reported: entry.pods.size, served } }
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
    for (const pod of this.#answering(nodeName)?.pods.values() ?? []) {
      const slash = pod.key.indexOf('/')
      const namespace = pod.key.slice(0, slash)
      const name = pod.key.slice(slash + 1)
      pod.tell(figure, (container, value, timestampMs) => take(namespace, name, container, value, timestampMs))
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
      for (const pod of entry.pods.values()) if (this.#fresh(pod.usageAtMs)) containers += pod.servedContainers
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

  #takePod(before: PodEntry | undefined, sample: PodSample, answer: Answer): PodEntry {
    const known = before?.isOf(sample.uid) ? before : undefined
    const pod = known ?? this.#pods.add(sample.namespace, sample.name)
    pod.take(sample, answer, this.#options.resolutionMs)
    return pod
  }

  #answering(nodeName: string): NodeEntry | undefined {
    const entry = this.#nodes.get(nodeName)
    return entry !== undefined && this.#fresh(entry.answeredAtMs) ? entry : undefined
  }

  #fresh(atMs: number): boolean {
    return this.#options.clock.monotonicMs() - atMs <= this.#options.retentionMs
  }
}
