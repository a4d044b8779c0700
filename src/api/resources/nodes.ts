import type { Clock } from '../../model/clock.ts'
import type { NodeRecord } from '../../model/cluster-objects.ts'
import { lowerBound } from '../../model/sorted.ts'
import type { NodeUsage } from '../../model/usage.ts'
import type { Encoded, EncodedChunks } from '../answer.ts'
import type { KindEncoder } from '../encoding/metrics-encoder.ts'
import type { ListChunkCache } from '../lists/chunk-cache.ts'
import type { Section } from '../lists/list-chunks.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { NodeSource, UsageSource, UsageWatch } from '../options.ts'
import type { ListPosition } from '../request/continue-token.ts'
import { ApiError, type GroupResource, notFound } from '../status.ts'
import { createLister, type FreshnessObserver, type ListRequest } from './lister.ts'

// The Go server's words: the error for an absent node is the lister's, that for one without metrics the API's.
const ABSENT: GroupResource = { group: '', resource: 'node' }
const UNMEASURED: GroupResource = { group: 'metrics.k8s.io', resource: 'nodemetrics' }

export interface NodeResource {
  /** @throws ApiError 404 when there is no such node or nothing is known of its use. */
  get(name: string, media: Media): Encoded
  list(request: ListRequest): Promise<Encoded | EncodedChunks>
}

export interface NodeResourceParts {
  readonly nodes: NodeSource
  readonly usage: Pick<UsageSource, 'node'>
  readonly encoder: KindEncoder<NodeRecord, NodeUsage>
  readonly chunks: ListChunkCache<NodeRecord, NodeUsage>
  readonly freshness: FreshnessObserver
  readonly clock: Pick<Clock, 'monotonicMs'>
}

const nameOf = ({ name }: NodeRecord): string => name

/** A node's sample that is no longer the same object is another one. */
export const nodeWatch =
  (usage: Pick<UsageSource, 'node'>) =>
  (records: readonly NodeRecord[]): UsageWatch<NodeUsage> => {
    const seen: (NodeUsage | undefined)[] = []
    const sampleAt = (index: number) => usage.node(records[index]?.name ?? '')
    return {
      changedFrom(index) {
        let at = index
        while (at < seen.length && sampleAt(at) === seen[at]) at++
        return at
      },
      read(index) {
        seen[index] = sampleAt(index)
        return seen[index]
      },
    }
  }

/** NodeMetrics: nodes in the order of their names, those without known use left out. */
export function createNodeResource({
  nodes,
  usage,
  encoder,
  chunks,
  freshness,
  clock,
}: NodeResourceParts): NodeResource {
  const lister = createLister<NodeRecord, NodeUsage>({
    ...{ encoder, chunks, freshness, clock },
    usage: ({ name }) => usage.node(name),
  })
  function sections(from: ListPosition | undefined): Section<NodeRecord>[] {
    const records = nodes.all()
    return [{ namespace: '', records, from: from === undefined ? 0 : lowerBound(records, from.name, nameOf) }]
  }

  return {
    get(name, media) {
      const record = nodes.get(name)
      if (record === undefined) throw new ApiError(notFound(ABSENT, name))
      const metrics = usage.node(name)
      if (metrics === undefined) throw new ApiError(notFound(UNMEASURED, name))
      freshness.served([metrics.timestampMs])
      return encoder.object(record, metrics, media)
    },
    list: (request) => lister(sections, request),
  }
}
