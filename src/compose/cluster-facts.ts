import * as aggregation from '../cluster/inspection/aggregation.ts'
import * as apiserver from '../cluster/inspection/apiserver.ts'
import * as workloads from '../cluster/inspection/workloads.ts'
import type { ClusterFacts } from '../doctor/facts.ts'
import type { Clock } from '../model/clock.ts'
import type { Options } from '../options/options.ts'
import type { RoleClients } from './role-clients.ts'

/** What the doctor asks of the apiserver, each with the credentials that the server would use for it. */
export function clusterFacts({ access, client }: RoleClients, options: Options, clock: Clock): ClusterFacts {
  const { main, lookup } = client
  return {
    // Not `href`: a URL may have a name and a password in it.
    server: (access.server.origin + access.server.pathname).replace(/\/$/, ''),
    version: () => apiserver.readVersion(main, clock),
    ownName: () => apiserver.readOwnName(main),
    may: (right, role) => apiserver.readOwnRight(client[role], right),
    apiService: () => aggregation.readApiService(main),
    metricsApi: () => aggregation.readMetricsApi(main),
    service: (namespace, name) => aggregation.readService(main, namespace, name),
    endpoints: (namespace, name) => aggregation.readEndpoints(main, namespace, name),
    frontProxy: () => aggregation.readFrontProxy(lookup),
    nodes: () => workloads.readNodes(main, options.nodeSelector),
    runningPods: (withNodes) => workloads.readRunningPods(main, withNodes),
    pod: (namespace, name) => workloads.readPod(main, namespace, name),
    servedNodes: () => workloads.readServedNodes(main),
    servedPods: () => workloads.readServedPods(main),
    autoscalers: () => workloads.readAutoscalers(main),
  }
}
