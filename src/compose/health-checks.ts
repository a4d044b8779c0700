import type { HealthCheck } from '../api/options.ts'

/** What the checks look at. */
export interface HealthState {
  nodesSynced(): boolean
  podsSynced(): boolean
  /** The authentication configmap has been read, or is not to be. */
  trustSynced(): boolean
  /** How many nodes there are, and how many of them have been asked as often as their first values take: once or twice. */
  scrapes(): { readonly nodes: number; readonly settled: number }
  /** How many nodes can be served now. */
  servedNodes(): number
  /** Timers run. */
  timely(): boolean
}

/**
 * The checks behind the probes, under the Go server's names (kubernetes-sigs/metrics-server, pkg/server/server.go).
 * Ready: informers have synced, every node has been asked once, and again where pods wait for their rate (a rollout must
 * take no replica in use that has the nodes but not yet the pods), and there is something to serve; after that, not ready
 * only when nothing is fresh. Alive: time goes on; no node's and no apiserver's fault is mended by a restart.
 */
export function createHealthChecks(state: HealthState): readonly HealthCheck[] {
  const podsSynced = () => (state.podsSynced() ? undefined : 'the pod informer has not synced')
  return [
    {
      name: 'metric-storage-ready',
      endpoints: ['readyz'],
      check: createStorageCheck(state),
    },
    {
      name: 'metric-informer-sync',
      endpoints: ['readyz'],
      check: () => (state.nodesSynced() ? podsSynced() : 'the node informer has not synced'),
    },
    {
      name: 'metric-collection-timely',
      endpoints: ['livez'],
      check: () => (state.timely() ? undefined : 'timers have not run for two resolutions'),
    },
    { name: 'metadata-informer-sync', endpoints: ['healthz', 'readyz'], check: podsSynced },
    // The Go server has it here too, but serves nothing before it has synced: it never failed there.
    { name: 'metadata-informer-sync', endpoints: ['livez'], check: () => undefined },
    {
      name: 'authentication-config-sync',
      endpoints: ['readyz'],
      check: () => (state.trustSynced() ? undefined : 'the authentication configmap has not been read'),
    },
  ]
}

function createStorageCheck(state: HealthState): () => string | undefined {
  let firstRoundEnded = false
  return () => {
    const { nodes, settled } = state.scrapes()
    firstRoundEnded ||= nodes > 0 && settled === nodes
    if (!firstRoundEnded) return `no metrics to serve yet: ${nodes} nodes known, ${settled} of them asked`
    return state.servedNodes() > 0 ? undefined : `no metrics to serve: none of ${nodes} nodes answered of late`
  }
}
