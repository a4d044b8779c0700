import type { PodRecord } from '../model/cluster-objects.ts'
import { lowerBound, sortUnique } from './sorted.ts'

interface Shelf {
  pods: PodRecord[]
  /** Somebody was given `pods`: it must not change any more. */
  lent: boolean
}

const nameOf = (pod: PodRecord): string => pod.name
const NONE: readonly PodRecord[] = Object.freeze([])

/** Pods by namespace and name, in order. No map by name: a binary search is as good and costs no memory. */
export interface PodShelves {
  get(namespace: string, name: string): PodRecord | undefined
  /** See PodIndex.inNamespace. */
  inNamespace(namespace: string): readonly PodRecord[]
  namespaces(): readonly string[]
  /** The string that the pods of a namespace share, else the one given. */
  sharedNamespace(namespace: string): string
  readonly count: number
  all(): Iterable<PodRecord>
  replace(pods: readonly PodRecord[]): void
  upsert(pod: PodRecord): void
  remove(pod: PodRecord): void
}

export function createPodShelves(): PodShelves {
  let shelves = new Map<string, Shelf>()
  let namespaces: readonly string[] | undefined
  let count = 0

  /** A shelf's own array, copied if somebody holds it. */
  function writable(shelf: Shelf): PodRecord[] {
    if (shelf.lent) shelf.pods = shelf.pods.slice()
    shelf.lent = false
    return shelf.pods
  }
  function find(namespace: string, name: string) {
    const shelf = shelves.get(namespace)
    if (shelf === undefined) return undefined
    const index = lowerBound(shelf.pods, name, nameOf)
    return { shelf, index, pod: shelf.pods[index]?.name === name ? shelf.pods[index] : undefined }
  }
  function* all() {
    for (const { pods } of shelves.values()) yield* pods
  }

  return {
    get: (namespace, name) => find(namespace, name)?.pod,
    inNamespace(namespace) {
      const shelf = shelves.get(namespace)
      if (shelf === undefined) return NONE
      shelf.lent = true
      return shelf.pods
    },
    namespaces: () => (namespaces ??= [...shelves.keys()].sort()),
    sharedNamespace: (namespace) => shelves.get(namespace)?.pods[0]?.namespace ?? namespace,
    get count() {
      return count
    },
    all,
    replace(pods) {
      const next = new Map<string, Shelf>()
      for (const pod of pods) {
        const shelf = next.get(pod.namespace)
        if (shelf === undefined) next.set(pod.namespace, { pods: [pod], lent: false })
        else shelf.pods.push(pod)
      }
      count = 0
      for (const [namespace, shelf] of next) {
        shelf.pods = sortUnique(shelf.pods, nameOf)
        count += shelf.pods.length
        const before = shelves.get(namespace)
        // What did not change stays the same array, for those who remember by it what they made of it.
        if (before?.pods.length === shelf.pods.length && before.pods.every((pod, i) => pod === shelf.pods[i])) {
          next.set(namespace, before)
        }
      }
      shelves = next
      namespaces = undefined
    },
    upsert(pod) {
      const found = find(pod.namespace, pod.name)
      if (found?.pod === pod) return
      if (found === undefined) {
        shelves.set(pod.namespace, { pods: [pod], lent: false })
        namespaces = undefined
      } else writable(found.shelf).splice(found.index, found.pod === undefined ? 0 : 1, pod)
      if (found?.pod === undefined) count++
    },
    remove({ namespace, name }) {
      const found = find(namespace, name)
      if (found?.pod === undefined) return
      count--
      writable(found.shelf).splice(found.index, 1)
      if (found.shelf.pods.length > 0) return
      shelves.delete(namespace)
      namespaces = undefined
    },
  }
}
