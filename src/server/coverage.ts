import type { NodeCache } from '../cluster/node-cache.ts'
import type { PodCache } from '../cluster/pod-cache.ts'
import type { Clock } from '../model/clock.ts'
import type { Coverage } from '../model/usage.ts'
import type { Store } from '../store/store.ts'

export interface CoverageParts {
  readonly nodes: Pick<NodeCache, 'all'>
  readonly pods: Pick<PodCache, 'namespaces' | 'inNamespace'>
  readonly store: Pick<Store, 'node' | 'pod'>
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** It walks all pods. */
const KEPT_MS = 1000

/** Counts what is served, at most once a second. */
export function createCoverage({ nodes, pods, store, clock }: CoverageParts): () => Coverage {
  let last: { readonly coverage: Coverage; readonly atMs: number } | undefined
  const count = (): Coverage => {
    const known = pods.namespaces().flatMap((namespace) => pods.inNamespace(namespace))
    const servedPods = known.reduce((sum, pod) => sum + (store.pod(pod) === undefined ? 0 : 1), 0)
    const servedNodes = nodes.all().reduce((sum, { name }) => sum + (store.node(name) === undefined ? 0 : 1), 0)
    return {
      nodes: { known: nodes.all().length, served: servedNodes },
      pods: { known: known.length, served: servedPods },
    }
  }
  return () => {
    const nowMs = clock.monotonicMs()
    if (last === undefined || nowMs - last.atMs >= KEPT_MS) last = { coverage: count(), atMs: nowMs }
    return last.coverage
  }
}
