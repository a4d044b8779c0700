import type { Clock, Timer } from '../../src/model/clock.ts'
import { nextTurn } from './life.ts'
import { type Random, randomUid } from './random.ts'
import type { ContainerTemplate, SimNode, SimPod, Workload } from './things.ts'
import { podNanosecondsAt, podsOfNodeNanosecondsAt } from './truth.ts'

/** What happened to the world; whoever publishes it tells the rest. */
export type WorldChange =
  | { readonly kind: 'node' | 'node-gone'; readonly node: SimNode }
  | { readonly kind: 'pod' | 'pod-gone'; readonly pod: SimPod }
  | { readonly kind: 'namespace'; readonly namespace: string }

export interface NewPod {
  readonly namespace: string
  readonly name: string
  readonly nodeName: string
  readonly labels?: Readonly<Record<string, string>>
  readonly containers: readonly ContainerTemplate[]
  readonly workload?: string
  /** When it was created; now when left out. */
  readonly createdMs?: number
}

/** How long the node's counter remembers a deleted pod apart: longer than cAdvisor looks back. */
const DEPARTED_MS = 60_000

/** Namespace and name, of a pod or a workload. */
export const keyOf = (thing: { readonly namespace: string; readonly name: string }): string =>
  `${thing.namespace}/${thing.name}`

/** The truth that kubelets and apiserver tell of. All times are milliseconds since the epoch by {@link nowMs}. */
export class World {
  readonly namespaces = new Set<string>()
  readonly nodes = new Map<string, SimNode>()
  readonly workloads = new Map<string, Workload>()
  readonly #pods = new Map<string, SimPod>()
  readonly #podsOfNode = new Map<string, Map<string, SimPod>>()
  readonly #turns = new Map<SimPod, Timer>()
  readonly #listeners = new Set<(change: WorldChange) => void>()
  readonly #clock: Clock
  readonly #wallAtStart: number
  readonly #monotonicAtStart: number
  readonly random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.random = random
    this.#wallAtStart = clock.wallMs()
    this.#monotonicAtStart = clock.monotonicMs()
  }

  /** Wall time of the simulated machines: never jumps, fractions of a millisecond. */
  nowMs(): number {
    return this.#wallAtStart + this.#clock.monotonicMs() - this.#monotonicAtStart
  }

  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: (change: WorldChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get pods(): Iterable<SimPod> {
    return this.#pods.values()
  }

  pod(namespace: string, name: string): SimPod | undefined {
    return this.#pods.get(`${namespace}/${name}`)
  }

  podsOn(nodeName: string): Iterable<SimPod> {
    return this.#podsOfNode.get(nodeName)?.values() ?? []
  }

  podsOf(workload: Workload): SimPod[] {
    return [...this.#pods.values()].filter((pod) => pod.workload === keyOf(workload))
  }

  addNamespace(namespace: string): void {
    if (this.namespaces.has(namespace)) return
    this.namespaces.add(namespace)
    this.#tell({ kind: 'namespace', namespace })
  }

  addNode(node: SimNode): void {
    this.nodes.set(node.name, node)
    this.touchNode(node)
  }

  /** The node changed (its kubelet's port is known, say). */
  touchNode(node: SimNode): void {
    this.#tell({ kind: 'node', node })
  }

  /** Takes the node away with all of its pods. */
  removeNode(name: string): void {
    const node = this.nodes.get(name)
    if (node === undefined) return
    for (const pod of [...this.podsOn(name)]) this.deletePod(pod)
    this.nodes.delete(name)
    this.#tell({ kind: 'node-gone', node })
  }

  /** Counters of the node and of its containers start again at 0. */
  rebootNode(name: string): void {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`no node ${name}`)
    node.bootMs = this.nowMs()
    node.burnedBeforeBoot = podsOfNodeNanosecondsAt(node, this.podsOn(name), node.bootMs)
    for (const pod of this.podsOn(name)) this.restartContainers(pod)
    this.#tell({ kind: 'node', node })
  }

  /** Starts all containers of the pod anew, or the one named. */
  restartContainers(pod: SimPod, containerName?: string): void {
    const now = this.nowMs()
    for (const c of pod.containers) if (containerName === undefined || c.name === containerName) c.births.push(now)
    this.#changed(pod)
  }

  addPod(request: NewPod): SimPod {
    const createdMs = request.createdMs ?? this.nowMs()
    const pod: SimPod = {
      namespace: request.namespace,
      name: request.name,
      nodeName: request.nodeName,
      uid: randomUid(this.random),
      labels: request.labels ?? {},
      createdMs,
      workload: request.workload,
      containers: request.containers.map((template) => ({ ...template, births: [createdMs], endMs: undefined })),
      deletedMs: undefined,
    }
    this.addNamespace(pod.namespace)
    this.#pods.set(keyOf(pod), pod)
    const mates = this.#podsOfNode.get(pod.nodeName) ?? new Map<string, SimPod>()
    this.#podsOfNode.set(pod.nodeName, mates.set(keyOf(pod), pod))
    this.#changed(pod)
    return pod
  }

  deletePod(pod: SimPod): void {
    if (!this.#pods.delete(keyOf(pod))) return
    const now = this.nowMs()
    pod.deletedMs = now
    for (const container of pod.containers) container.endMs = now
    this.#podsOfNode.get(pod.nodeName)?.delete(keyOf(pod))
    this.#turns.get(pod)?.cancel()
    this.#turns.delete(pod)
    const node = this.nodes.get(pod.nodeName)
    if (node !== undefined) bury(node, pod, now)
    this.#tell({ kind: 'pod-gone', pod })
  }

  /** Stops all timers. The world can still be read. */
  stop(): void {
    for (const timer of this.#turns.values()) timer.cancel()
    this.#turns.clear()
    this.#listeners.clear()
  }

  #changed(pod: SimPod): void {
    this.#tell({ kind: 'pod', pod })
    this.#turns.get(pod)?.cancel()
    const now = this.nowMs()
    const turns = pod.containers.map((c) => nextTurn(c, now)).filter((turn) => turn !== undefined)
    if (turns.length === 0) return
    const wait = Math.max(1, Math.min(...turns) - now + 1)
    this.#turns.set(
      pod,
      this.#clock.after(Math.min(wait, 2 ** 31 - 1), () => this.#changed(pod)),
    )
  }

  #tell(change: WorldChange): void {
    for (const listener of this.#listeners) listener(change)
  }
}

/** Keeps what a deleted pod burned in its node's counter: apart for a minute, then as a sum. */
function bury(node: SimNode, pod: SimPod, now: number): void {
  const old = node.departed.filter((d) => (d.deletedMs ?? now) < now - DEPARTED_MS)
  for (const gone of old) node.departedNanoseconds += podNanosecondsAt(gone, now)
  node.departed = [...node.departed.filter((d) => !old.includes(d)), pod]
}
