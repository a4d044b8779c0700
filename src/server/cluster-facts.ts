import * as aggregation from '../cluster/inspection/aggregation.ts'
import * as apiserver from '../cluster/inspection/apiserver.ts'
import { createKubernetesApi } from '../cluster/inspection/kubernetes-api.ts'
import * as workloads from '../cluster/inspection/workloads.ts'
import type { ClusterFacts } from '../doctor/facts.ts'
import type { Clock } from '../model/clock.ts'
import type { Options } from '../options/options.ts'
import type { RoleClients } from './role-clients.ts'

/** What the doctor reads from the apiserver, each with the credentials that the server would use for it. */
export async function clusterFacts(
  { access, client }: RoleClients,
  options: Options,
  clock: Clock,
): Promise<ClusterFacts> {
  const [main, lookup, authentication, authorization] = await Promise.all([
    createKubernetesApi(client.main),
    createKubernetesApi(client.lookup),
    createKubernetesApi(client.authentication),
    createKubernetesApi(client.authorization),
  ])
  const byRole = { main, authentication, authorization }
  return {
    // Not `href`: a URL may have a name and a password in it.
    server: (access.server.origin + access.server.pathname).replace(/\/$/, ''),
    version: () => apiserver.readVersion(main, clock),
    ownName: () => apiserver.readOwnName(main),
    may: (right, role) => apiserver.readOwnRight(byRole[role], right),
    apiService: () => aggregation.readApiService(main),
    metricsApi: () => aggregation.readMetricsApi(main),
    service: (namespace, name) => aggregation.readService(main, namespace, name),
    endpoints: (namespace, name) => aggregation.readEndpoints(main, namespace, name),
    frontProxy: () => aggregation.readFrontProxy(lookup),
    nodes: () => workloads.readNodes(main, options.nodeSelector),
    runningPods: (withNodes) => workloads.readRunningPods(main, withNodes),
    podsOf: (nodeName) => workloads.readPodsOf(main, nodeName),
    pod: (namespace, name) => workloads.readPod(main, namespace, name),
    servedNodes: () => workloads.readServedNodes(main),
    servedPods: () => workloads.readServedPods(main),
    autoscalers: () => workloads.readAutoscalers(main),
  }
}
