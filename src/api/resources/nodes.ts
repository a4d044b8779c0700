import type { NodeRecord } from '../../model/cluster-objects.ts'
import type { NodeUsage } from '../../model/usage.ts'
import { ApiError } from '../api-error.ts'
import type { MetricsEncoder, MetricsItem } from '../encoding/metrics-encoder.ts'
import type { Encoded, Media } from '../media.ts'
import type { NodeSource, UsageSource } from '../options.ts'
import { type GroupResource, notFound } from '../status.ts'
import type { FreshnessObserver } from './freshness.ts'
import type { Selection } from './selection.ts'

// The Go server's words: a node that is not there is told by the lister, one without metrics by the API.
const ABSENT: GroupResource = { group: '', resource: 'node' }
const UNMEASURED: GroupResource = { group: 'metrics.k8s.io', resource: 'nodemetrics' }

export interface NodeResource {
  /** @throws ApiError 404 when there is no such node or nothing is known of its use. */
  get(name: string, media: Media): Encoded
  list(selection: Selection, media: Media): Encoded
}

/** NodeMetrics: nodes in the order of their names, those without known use left out. */
export function createNodeResource(
  nodes: NodeSource,
  usage: Pick<UsageSource, 'node'>,
  encoder: MetricsEncoder,
  freshness: FreshnessObserver,
): NodeResource {
  return {
    get(name, media) {
      const record = nodes.get(name)
      if (record === undefined) throw new ApiError(notFound(ABSENT, name))
      const metrics = usage.node(name)
      if (metrics === undefined) throw new ApiError(notFound(UNMEASURED, name))
      freshness.served(metrics.timestampMs)
      return encoder.node(record, metrics, media)
    },
    list(selection, media) {
      const items: MetricsItem<NodeRecord, NodeUsage>[] = []
      for (const record of nodes.all()) {
        if (!selection.takes(record, '')) continue
        const metrics = usage.node(record.name)
        if (metrics === undefined) continue
        freshness.served(metrics.timestampMs)
        items.push({ record, metrics })
      }
      return encoder.nodeList(items, media)
    },
  }
}
