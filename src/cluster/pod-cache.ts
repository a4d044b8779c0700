import type { Clock } from '../model/clock.ts'
import type { PodRecord } from '../model/cluster-objects.ts'
import { type Labels, labelsFrom } from '../model/labels.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { ApiClient } from './client/api-client.ts'
import { at, member, text, textEntries } from './json-value.ts'
import { createLabelPool, type LabelPool } from './label-pool.ts'
import { createListWatch } from './informer/list-watch.ts'
import { createPodShelves, type PodShelves } from './pod-shelves.ts'

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

export interface PodIndexOptions {
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
    const metadata = member(object, 'metadata')
    const given = text(member(metadata, 'namespace'))
    const name = text(member(metadata, 'name'))
    if (given === undefined || name === undefined) return undefined
    const uid = text(at(metadata, 'annotations', MIRROR_ANNOTATION)) ?? text(member(metadata, 'uid')) ?? ''
    const labels = pool.intern(labelsFrom(textEntries(member(metadata, 'labels'))))
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
