import type { Clock } from '../../model/clock.ts'
import type { PodRecord } from '../../model/cluster-objects.ts'
import { lowerBound } from '../../model/sorted.ts'
import type { PodUsage } from '../../model/usage.ts'
import type { Encoded, EncodedChunks } from '../answer.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { ListChunkCache } from '../lists/chunk-cache.ts'
import { createLabelIndex } from '../lists/label-index.ts'
import type { Section } from '../lists/list-chunks.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { PodSource, UsageSource } from '../options.ts'
import type { ListPosition } from '../request/continue-token.ts'
import type { Selection } from '../request/list-options.ts'
import { ApiError, type GroupResource, notFound } from '../status.ts'
import { createLister, type FreshnessObserver, type ListRequest } from './lister.ts'

const ABSENT: GroupResource = { group: '', resource: 'pods' }
const UNMEASURED: GroupResource = { group: 'metrics.k8s.io', resource: 'podmetrics' }

export interface PodResource {
  /** @throws ApiError 404 when there is no such running pod or nothing is known of its use. */
  get(namespace: string, name: string, media: Media): Encoded
  /** @param namespace empty for all of them. */
  list(namespace: string, request: ListRequest): Promise<Encoded | EncodedChunks>
}

export interface PodResourceParts {
  readonly pods: PodSource
  readonly usage: Pick<UsageSource, 'pod'>
  readonly encoder: KindEncoder<PodRecord, PodUsage>
  readonly chunks: ListChunkCache<PodRecord, PodUsage>
  readonly freshness: FreshnessObserver
  readonly clock: Pick<Clock, 'monotonicMs'>
}

const nameOf = ({ name }: PodRecord): string => name

/** PodMetrics: pods in the order of their namespaces and names, those without known use left out. */
export function createPodResource({ pods, usage, encoder, chunks, freshness, clock }: PodResourceParts): PodResource {
  const labels = createLabelIndex<PodRecord>()
  const lister = createLister<PodRecord, PodUsage>({
    ...{ encoder, chunks, freshness, clock },
    usage: (record) => usage.pod(record),
  })
  const namespacesOf = (namespace: string): readonly string[] => (namespace === '' ? pods.namespaces() : [namespace])

  function* sections(
    namespaces: readonly string[],
    { wanted }: Selection,
    from: ListPosition | undefined,
  ): Generator<Section<PodRecord>> {
    const first = from === undefined ? 0 : lowerBound(namespaces, from.namespace, (namespace) => namespace)
    for (const namespace of first === 0 ? namespaces : namespaces.slice(first)) {
      const records = labels.candidates(pods.inNamespace(namespace), wanted)
      const isHere = namespace === from?.namespace
      yield { namespace, records, from: isHere ? lowerBound(records, from.name, nameOf) : 0 }
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
    list(namespace, request) {
      const namespaces = namespacesOf(namespace)
      return lister((from) => sections(namespaces, request.selection, from), request)
    },
  }
}
