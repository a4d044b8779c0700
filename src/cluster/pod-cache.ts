import type { V1Pod } from '@kubernetes/client-node'
import type { Clock } from '../model/clock.ts'
import type { PodRecord } from '../model/cluster-objects.ts'
import { type Labels, labelsFrom, NO_LABELS } from '../model/labels.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import { read, unchecked } from './api-object.ts'
import type { ApiClient } from './client/api-client.ts'
import { createListWatch } from './informer/list-watch.ts'
import { text, textEntries } from './json-value.ts'
import { lowerBound, sortUnique } from './sorted.ts'

const SMALLEST_SWEEP = 1024

/** Label sets, each held once however many pods have it: those of one ReplicaSet all have the same. */
interface LabelPool {
  /** An equal set that is in the pool, or this one, which then is. */
  intern(labels: Labels): Labels
  /** Forgets the sets that are no longer in use, when it is worth it. Not to be called while a list is being read. */
  sweep(): void
  /** How many sets are held. */
  readonly size: number
}

/**
 * A pool that is built anew from `inUse` whenever it has twice the sets that the last sweep left: a constant time per
 * set on average, and no counting of uses.
 */
export function createLabelPool(inUse: () => Iterable<Labels>): LabelPool {
  const byText = new Map<string, Labels>()
  let sweepAbove = SMALLEST_SWEEP
  // No label's key or value has a NUL in it.
  const textOf = (labels: Labels) => labels.join('\0')
  return {
    intern(labels) {
      if (labels.length === 0) return NO_LABELS
      const key = textOf(labels)
      const held = byText.get(key)
      if (held !== undefined) return held
      byText.set(key, labels)
      return labels
    },
    sweep() {
      if (byText.size <= sweepAbove) return
      byText.clear()
      // Most pods share their set with others: what is the same array needs no second text.
      for (const labels of new Set(inUse())) if (labels.length > 0) byText.set(textOf(labels), labels)
      sweepAbove = Math.max(SMALLEST_SWEEP, 2 * byText.size)
    },
    get size() {
      return byText.size
    },
  }
}

interface Shelf {
  pods: PodRecord[]
  /** Somebody was given `pods`: it must not change any more. */
  lent: boolean
}

const nameOf = (pod: PodRecord): string => pod.name
const NONE: readonly PodRecord[] = Object.freeze([])

/** Pods by namespace and name, in order. No map by name: a binary search is as good and costs no memory. */
interface PodShelves {
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

function createPodShelves(): PodShelves {
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

/** The running pods as last known; while the apiserver is away, as it last told. */
export interface PodIndex {
  get(namespace: string, name: string): PodRecord | undefined
  /** In order of their names. The array never changes, and is the same array as long as nothing in it has changed. */
  inNamespace(namespace: string): readonly PodRecord[]
  /** Those with a running pod, in order. The array never changes. */
  namespaces(): readonly string[]
  readonly count: number
  /** A whole list has been had since the start. */
  synced(): boolean
  start(): void
  stop(): Promise<void>
}

interface PodIndexOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: () => number
  readonly faults: FaultLog
  readonly log: Logger
}

/** Metadata only, a tenth of a pod; whole pods from a server that cannot leave the rest out. Both have `metadata`. */
const METADATA_ONLY = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
}

/**
 * On the mirror pod of a static pod: the uid that the kubelet knows the pod by, which is not the mirror's own (kubelet,
 * pkg/kubelet/types/constants.go and config/common.go).
 */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/**
 * A decoder of pods that gives the record already held when nothing in it has changed, and shares strings: at 150,000
 * pods, names and uids are what is left to pay for.
 */
function createPodDecoder(held: PodShelves, pool: LabelPool): (object: unknown) => PodRecord | undefined {
  let lastNamespace = ''
  return (object) => {
    const metadata = read(unchecked<V1Pod>(object), 'metadata')
    const given = text(read(metadata, 'namespace'))
    const name = text(read(metadata, 'name'))
    if (given === undefined || name === undefined) return undefined
    const uid = text(read(metadata, 'annotations', MIRROR_ANNOTATION)) ?? text(read(metadata, 'uid')) ?? ''
    const labels = pool.intern(labelsFrom(textEntries(read(metadata, 'labels'))))
    const before = held.get(given, name)
    if (before !== undefined && before.uid === uid && before.labels === labels) return before
    // Lists come in order of namespaces, so the neighbour's string serves nearly always.
    if (lastNamespace !== given) lastNamespace = held.sharedNamespace(given)
    return { namespace: lastNamespace, name, uid, labels }
  }
}

/** Follows the metadata of the running pods. One that stops running leaves the selection: the watch says DELETED. */
export function createPodIndex({ client, clock, random, faults, log }: PodIndexOptions): PodIndex {
  const shelves = createPodShelves()
  function* labelsInUse(): Iterable<Labels> {
    for (const pod of shelves.all()) yield pod.labels
  }
  const pool = createLabelPool(labelsInUse)
  const listWatch = createListWatch<PodRecord>({
    client,
    clock,
    random,
    faults,
    log,
    path: '/api/v1/pods',
    query: { fieldSelector: 'status.phase=Running' },
    accept: METADATA_ONLY,
    decode: createPodDecoder(shelves, pool),
    onReplace(pods) {
      shelves.replace(pods)
      pool.sweep()
    },
    onUpsert(pod) {
      shelves.upsert(pod)
      pool.sweep()
    },
    onRemove: shelves.remove,
    name: 'pods',
  })
  return {
    get: shelves.get,
    inNamespace: shelves.inNamespace,
    namespaces: shelves.namespaces,
    get count() {
      return shelves.count
    },
    synced: () => listWatch.synced(),
    start: () => listWatch.start(),
    stop: () => listWatch.stop(),
  }
}
