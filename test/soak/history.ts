import type { SimNode, SimPod } from '../../sim/world/things.ts'
import { podNanosecondsAt } from '../../sim/world/truth.ts'
import { keyOf, type World } from '../../sim/world/world.ts'

/** All that ever was in a world, also what has been deleted or booted anew since. */
export class History {
  readonly #pods = new Map<string, SimPod[]>()
  readonly #podsOfNode = new Map<string, Set<SimPod>>()
  readonly #boots = new Map<string, number[]>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    for (const node of world.nodes.values()) this.#takeNode(node)
    for (const pod of world.pods) this.#takePod(pod)
    world.onChange((change) => {
      if (change.kind === 'node') this.#takeNode(change.node)
      if (change.kind === 'pod') this.#takePod(change.pod)
    })
  }

  /** Pods of that name, one after the other. */
  podsNamed(key: string): readonly SimPod[] {
    return this.#pods.get(key) ?? []
  }

  node(name: string): SimNode | undefined {
    return this.#world.nodes.get(name)
  }

  /** The last two boots of a node up to `timeMs`, milliseconds since the epoch, the last one first. */
  bootsBefore(nodeName: string, timeMs: number): readonly number[] {
    const boots = this.#boots.get(nodeName) ?? []
    return boots
      .filter((bootMs) => bootMs <= timeMs)
      .slice(-2)
      .reverse()
  }

  /** CPU that a node used from `fromMs` to `toMs`, nanoseconds; both within one time of being up. */
  nodeNanoseconds(node: SimNode, bootMs: number, fromMs: number, toMs: number): number {
    const { rate } = node.system
    let total = rate.burned(toMs - bootMs) - rate.burned(fromMs - bootMs)
    for (const pod of this.#podsOfNode.get(node.name) ?? []) {
      total += podNanosecondsAt(pod, toMs) - podNanosecondsAt(pod, fromMs)
    }
    return total
  }

  #takeNode(node: SimNode): void {
    const boots = this.#boots.get(node.name) ?? []
    if (boots.at(-1) !== node.bootMs) boots.push(node.bootMs)
    this.#boots.set(node.name, boots)
  }

  #takePod(pod: SimPod): void {
    const ofName = this.#pods.get(keyOf(pod)) ?? []
    if (!ofName.includes(pod)) ofName.push(pod)
    this.#pods.set(keyOf(pod), ofName)
    const mates = this.#podsOfNode.get(pod.nodeName) ?? new Set()
    this.#podsOfNode.set(pod.nodeName, mates.add(pod))
  }
}
