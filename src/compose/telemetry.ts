import type { NodeIndex } from '../cluster/node-index.ts'
import type { PodIndex } from '../cluster/pod-index.ts'
import type { Clock } from '../model/clock.ts'
import type { Options } from '../options/options.ts'
import type { Store } from '../store/store.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'

export interface MeasuredParts {
  readonly options: Options
  readonly clock: Clock
  readonly version: string
  readonly store: Store
  readonly nodes: NodeIndex
  readonly pods: PodIndex
}

/** This server's own metrics, with what they count taken from the rooms that know. */
export function createOwnMetrics({ options, clock, version, store, nodes, pods }: MeasuredParts): Metrics {
  return createMetrics({
    clock,
    version,
    metricResolutionMs: options.metricResolutionMs,
    storagePoints: () => store.points(),
    coverage: () => ({
      nodes: { known: nodes.size, served: nodes.all().filter(({ name }) => store.node(name) !== undefined).length },
      pods: { known: pods.count, served: servedPods(pods, store) },
    }),
  })
}

function servedPods(pods: PodIndex, store: Store): number {
  let served = 0
  for (const namespace of pods.namespaces()) {
    for (const pod of pods.inNamespace(namespace)) if (store.pod(pod) !== undefined) served++
  }
  return served
}
