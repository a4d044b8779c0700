import type { V1Pod } from '@kubernetes/client-node'
import type { PodRecord } from '../model/cluster-objects.ts'
import { type Labels, labelsFrom, NO_LABELS } from '../kubernetes/labels.ts'
import { read, unchecked } from './api-object.ts'
import { createListWatch, type ListWatchParts } from './informer/list-watch.ts'
import { text, textEntries } from './json-value.ts'
import { lowerBound, sortUnique } from '../model/sorted.ts'

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
 * A pool that is rebuilt from `inUse` whenever it holds twice the sets that the last sweep left. That costs a constant
 * time per set on average, and uses need not be counted.
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

interface NamespacePods {
  pods: PodRecord[]
  /** A reader holds `pods`, which must not change any more: it is copied on the next write. */
  shared: boolean
}

const nameOf = (pod: PodRecord): string => pod.name
const NONE: readonly PodRecord[] = Object.freeze([])

/** Pods by namespace and name, in order. No map by name: a binary search is as good and costs no memory. */
interface PodsByNamespace {
  get(namespace: string, name: string): PodRecord | undefined
  /** See PodCache.inNamespace. */
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

function createPodsByNamespace(): PodsByNamespace {
  let byNamespace = new Map<string, NamespacePods>()
  let namespaces: readonly string[] | undefined
  let count = 0

  /** An entry's own array, copied if a reader holds it. */
  function writable(entry: NamespacePods): PodRecord[] {
    if (entry.shared) entry.pods = entry.pods.slice()
    entry.shared = false
    return entry.pods
  }
  function find(namespace: string, name: string) {
    const entry = byNamespace.get(namespace)
    if (entry === undefined) return undefined
    const index = lowerBound(entry.pods, name, nameOf)
    return { entry, index, pod: entry.pods[index]?.name === name ? entry.pods[index] : undefined }
  }
  function* all() {
    for (const { pods } of byNamespace.values()) yield* pods
  }

  return {
    get: (namespace, name) => find(namespace, name)?.pod,
    inNamespace(namespace) {
      const entry = byNamespace.get(namespace)
      if (entry === undefined) return NONE
      entry.shared = true
      return entry.pods
    },
    namespaces: () => (namespaces ??= [...byNamespace.keys()].sort()),
    sharedNamespace: (namespace) => byNamespace.get(namespace)?.pods[0]?.namespace ?? namespace,
    get count() {
      return count
    },
    all,
    replace(pods) {
      const next = new Map<string, NamespacePods>()
      for (const pod of pods) {
        const entry = next.get(pod.namespace)
        if (entry === undefined) next.set(pod.namespace, { pods: [pod], shared: false })
        else entry.pods.push(pod)
      }
      count = 0
      for (const [namespace, entry] of next) {
        entry.pods = sortUnique(entry.pods, nameOf)
        count += entry.pods.length
        const before = byNamespace.get(namespace)
        // What did not change stays the same array, because readers cache what they derive from it under its identity.
        if (before?.pods.length === entry.pods.length && before.pods.every((pod, i) => pod === entry.pods[i])) {
          next.set(namespace, before)
        }
      }
      byNamespace = next
      namespaces = undefined
    },
    upsert(pod) {
      const found = find(pod.namespace, pod.name)
      if (found?.pod === pod) return
      if (found === undefined) {
        byNamespace.set(pod.namespace, { pods: [pod], shared: false })
        namespaces = undefined
      } else writable(found.entry).splice(found.index, found.pod === undefined ? 0 : 1, pod)
      if (found?.pod === undefined) count++
    },
    remove({ namespace, name }) {
      const found = find(namespace, name)
      if (found?.pod === undefined) return
      count--
      writable(found.entry).splice(found.index, 1)
      if (found.entry.pods.length > 0) return
      byNamespace.delete(namespace)
      namespaces = undefined
    },
  }
}

/** The running pods as the apiserver last reported them. */
export interface PodCache {
  get(namespace: string, name: string): PodRecord | undefined
  /** In order of their names. The array never changes, and is the same array as long as nothing in it has changed. */
  inNamespace(namespace: string): readonly PodRecord[]
  /** Those with a running pod, in order. The array never changes. */
  namespaces(): readonly string[]
  readonly count: number
  /** A whole list has been read since the start. */
  synced(): boolean
  start(): void
  stop(): Promise<void>
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
 * Decodes pods into the record that is known already where nothing in it has changed, and shares strings: at 150,000
 * pods only names and uids are left to pay for.
 */
function createPodDecoder(known: PodsByNamespace, pool: LabelPool): (object: unknown) => PodRecord | undefined {
  let lastNamespace = ''
  return (object) => {
    const metadata = read(unchecked<V1Pod>(object), 'metadata')
    const given = text(read(metadata, 'namespace'))
    const name = text(read(metadata, 'name'))
    if (given === undefined || name === undefined) return undefined
    const uid = text(read(metadata, 'annotations', MIRROR_ANNOTATION)) ?? text(read(metadata, 'uid')) ?? ''
    const labels = pool.intern(labelsFrom(textEntries(read(metadata, 'labels'))))
    const before = known.get(given, name)
    if (before !== undefined && before.uid === uid && before.labels === labels) return before
    // Lists come in order of namespaces, so the neighbour's string serves nearly always.
    if (lastNamespace !== given) lastNamespace = known.sharedNamespace(given)
    return { namespace: lastNamespace, name, uid, labels }
  }
}

/** Follows the metadata of the running pods. One that stops running leaves the selection: the watch says DELETED. */
export function createPodCache({ client, clock, random, faults, log }: ListWatchParts): PodCache {
  const byNamespace = createPodsByNamespace()
  function* labelsInUse(): Iterable<Labels> {
    for (const pod of byNamespace.all()) yield pod.labels
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
    decode: createPodDecoder(byNamespace, pool),
    onReplace(pods) {
      byNamespace.replace(pods)
      pool.sweep()
    },
    onUpsert(pod) {
      byNamespace.upsert(pod)
      pool.sweep()
    },
    onRemove: byNamespace.remove,
    name: 'pods',
  })
  return {
    get: byNamespace.get,
    inNamespace: byNamespace.inNamespace,
    namespaces: byNamespace.namespaces,
    get count() {
      return byNamespace.count
    },
    synced: () => listWatch.synced(),
    start: () => listWatch.start(),
    stop: () => listWatch.stop(),
  }
}
