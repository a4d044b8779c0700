import type { PodRecord } from '../../model/cluster-objects.ts'
import type { PodUsage } from '../../model/usage.ts'
import { ApiError } from '../api-error.ts'
import type { MetricsEncoder, MetricsItem } from '../encoding/metrics-encoder.ts'
import type { Encoded, Media } from '../media.ts'
import type { PodSource, UsageSource } from '../options.ts'
import { type GroupResource, notFound } from '../status.ts'
import type { FreshnessObserver } from './freshness.ts'
import type { Selection } from './selection.ts'

const ABSENT: GroupResource = { group: '', resource: 'pods' }
const UNMEASURED: GroupResource = { group: 'metrics.k8s.io', resource: 'podmetrics' }

export interface PodResource {
  /** @throws ApiError 404 when there is no such running pod or nothing is known of its use. */
  get(namespace: string, name: string, media: Media): Encoded
  /** @param namespace empty for all of them. */
  list(namespace: string, selection: Selection, media: Media): Encoded
}

/** PodMetrics: pods in the order of their namespaces and names, those without known use left out. */
export function createPodResource(
  pods: PodSource,
  usage: Pick<UsageSource, 'pod'>,
  encoder: MetricsEncoder,
  freshness: FreshnessObserver,
): PodResource {
  function collect(
    records: readonly PodRecord[],
    selection: Selection,
    items: MetricsItem<PodRecord, PodUsage>[],
  ): void {
    for (const record of records) {
      if (!selection.takes(record, record.namespace)) continue
      const metrics = usage.pod(record)
      if (metrics === undefined) continue
      freshness.served(metrics.timestampMs)
      items.push({ record, metrics })
    }
  }

  return {
    get(namespace, name, media) {
      const record = pods.get(namespace, name)
      if (record === undefined) throw new ApiError(notFound(ABSENT, name))
      const metrics = usage.pod(record)
      if (metrics === undefined) throw new ApiError(notFound(UNMEASURED, `${namespace}/${name}`))
      freshness.served(metrics.timestampMs)
      return encoder.pod(record, metrics, media)
    },
    list(namespace, selection, media) {
      const items: MetricsItem<PodRecord, PodUsage>[] = []
      const namespaces = namespace === '' ? pods.namespaces() : [namespace]
      for (const each of namespaces) collect(pods.inNamespace(each), selection, items)
      return encoder.podList(items, media)
    },
  }
}
