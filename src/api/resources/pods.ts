import type { PodRecord } from '../../model/cluster-objects.ts'
import type { PodUsage } from '../../model/usage.ts'
import type { Encoded, EncodedChunks } from '../answer.ts'
import type { ListFormat } from '../encoding/list-format.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { ListChunkCache, Chunk } from '../lists/chunk-cache.ts'
import { createLabelIndex } from '../lists/label-index.ts'
import { type Candidates, selectedItems, selectedList, wholeList } from '../lists/list-chunks.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { PodSource, UsageSource } from '../options.ts'
import { ApiError, type GroupResource, notFound } from '../status.ts'
import { type FreshnessObserver, observed } from './freshness.ts'
import type { Selection } from './selection.ts'

const ABSENT: GroupResource = { group: '', resource: 'pods' }
const UNMEASURED: GroupResource = { group: 'metrics.k8s.io', resource: 'podmetrics' }

export interface PodResource {
  /** @throws ApiError 404 when there is no such running pod or nothing is known of its use. */
  get(namespace: string, name: string, media: Media): Encoded
  /** @param namespace empty for all of them. */
  list(namespace: string, selection: Selection, media: Media): Promise<Encoded | EncodedChunks>
}

export interface PodResourceParts {
  readonly pods: PodSource
  readonly usage: Pick<UsageSource, 'pod'>
  readonly encoder: KindEncoder<PodRecord, PodUsage>
  readonly chunks: ListChunkCache<PodRecord, PodUsage>
  readonly freshness: FreshnessObserver
}

/** PodMetrics: pods in the order of their namespaces and names, those without known use left out. */
export function createPodResource({ pods, usage, encoder, chunks, freshness }: PodResourceParts): PodResource {
  const labels = createLabelIndex<PodRecord>()
  const namespacesOf = (namespace: string): readonly string[] => (namespace === '' ? pods.namespaces() : [namespace])

  function* whole(format: ListFormat<PodUsage>, namespaces: readonly string[]): Generator<Chunk> {
    for (const namespace of namespaces) yield* chunks.of(format, namespace, pods.inNamespace(namespace))
  }

  function* candidates(namespaces: readonly string[], { wanted }: Selection): Generator<Candidates<PodRecord>> {
    for (const namespace of namespaces) {
      yield { namespace, records: labels.candidates(pods.inNamespace(namespace), wanted) }
    }
  }

  return {
    get(namespace, name, media) {
      const record = pods.get(namespace, name)
      if (record === undefined) throw new ApiError(notFound(ABSENT, name))
      const metrics = usage.pod(record)
      if (metrics === undefined) throw new ApiError(notFound(UNMEASURED, `${namespace}/${name}`))
      freshness.served([metrics.timestampMs])
      return encoder.object(record, metrics, media)
    },
    async list(namespace, selection, media) {
      const namespaces = namespacesOf(namespace)
      const format = selection.everything ? encoder.inChunks(media) : undefined
      if (format !== undefined) return wholeList(format, observed(whole(format, namespaces), freshness))
      const items = await selectedItems(candidates(namespaces, selection), selection.takes, (record) =>
        usage.pod(record),
      )
      freshness.served(items.map(({ metrics }) => metrics.timestampMs))
      return selectedList(encoder, items, media)
    },
  }
}
