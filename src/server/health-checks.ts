import type { HealthCheck } from '../api/options.ts'

/** What the checks look at. */
export interface HealthState {
  nodesSynced(): boolean
  podsSynced(): boolean
  /** The authentication configmap has been read, or is not to be. */
  trustSynced(): boolean
  /** How many nodes there are, and how many of them have been scraped as often as their first values take: once or twice. */
  scrapes(): { readonly nodes: number; readonly warmedUp: number }
  /** How many nodes can be served now. */
  servedNodes(): number
  /** Timers run. */
  timely(): boolean
}

/**
 * The checks behind the probes, under the Go server's names (kubernetes-sigs/metrics-server, pkg/server/server.go).
 * Ready: informers have synced, every node has been scraped once, and again where pods wait for their rate (a rollout must
 * take no replica in use that has the nodes but not yet the pods), and there is something to serve; after that, not ready
 * only when nothing is fresh. Alive: timers run; a restart fixes no fault of a node or of the apiserver.
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
      isOurs: true,
      check: () => (state.trustSynced() ? undefined : 'the authentication configmap has not been read'),
    },
  ]
}

function createStorageCheck(state: HealthState): () => string | undefined {
  let hasWarmedUp = false
  return () => {
    const { nodes, warmedUp } = state.scrapes()
    hasWarmedUp ||= nodes > 0 && warmedUp === nodes
    if (!hasWarmedUp) return `no metrics to serve yet: ${nodes} nodes known, ${warmedUp} of them scraped`
    return state.servedNodes() > 0
      ? undefined
      : `no metrics to serve: none of ${nodes} nodes was scraped within --sample-retention`
  }
}
