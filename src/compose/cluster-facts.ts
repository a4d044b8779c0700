import { type ClusterAccess, loadClusterAccess } from '../cluster/access.ts'
import { type ApiClient, createApiClient } from '../cluster/api-client.ts'
import * as aggregation from '../cluster/inspection/aggregation.ts'
import * as apiserver from '../cluster/inspection/apiserver.ts'
import * as workloads from '../cluster/inspection/workloads.ts'
import type { ClusterFacts, Role } from '../doctor/facts.ts'
import type { Clock } from '../model/clock.ts'
import type { Logger } from '../model/log.ts'
import type { Options } from '../options/options.ts'
import { readOnce } from './read-once.ts'

/** Clients of the apiserver, one for each kubeconfig. */
export interface ClusterRoles {
  readonly access: ClusterAccess
  readonly client: Readonly<Record<Role, ApiClient>>
  close(): Promise<void>
}

export interface RolesContext {
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
  readonly log: Logger
}

/** Somebody waits for the report. */
const TIMEOUT_MS = 15_000

/** Reads the credentials as the server does. @throws UnusableError that names the file and what is wrong with it. */
export async function openRoles(options: Options, { clock, env, userAgent, log }: RolesContext): Promise<ClusterRoles> {
  const opened = new Map<string | undefined, { access: ClusterAccess; client: ApiClient }>()
  const open = async (kubeconfig = options.kubeconfig) => {
    const known = opened.get(kubeconfig)
    if (known !== undefined) return known
    const access = await loadClusterAccess({ kubeconfig, env, follower: readOnce, clock, log })
    const fresh = { access, client: createApiClient({ access, clock, userAgent, timeoutMs: TIMEOUT_MS }) }
    opened.set(kubeconfig, fresh)
    return fresh
  }
  const main = await open()
  const authentication = await open(options.authentication.kubeconfig)
  const authorization = await open(options.authorization.kubeconfig)
  return {
    access: main.access,
    client: { main: main.client, authentication: authentication.client, authorization: authorization.client },
    async close() {
      await Promise.all([...opened.values()].map(({ client }) => client.close()))
    },
  }
}

/** What the doctor asks of the apiserver, each with the credentials that the server would use for it. */
export function clusterFacts({ access, client }: ClusterRoles, options: Options, clock: Clock): ClusterFacts {
  const { main, authentication } = client
  return {
    server: access.server.href.replace(/\/$/, ''),
    version: () => apiserver.readVersion(main, clock),
    ownName: () => apiserver.readOwnName(main),
    may: (right, role) => apiserver.readOwnRight(client[role], right),
    apiService: () => aggregation.readApiService(main),
    metricsApi: () => aggregation.readMetricsApi(main),
    service: (namespace, name) => aggregation.readService(main, namespace, name),
    endpoints: (namespace, name) => aggregation.readEndpoints(main, namespace, name),
    frontProxy: () => aggregation.readFrontProxy(authentication),
    nodes: () => workloads.readNodes(main, options.nodeSelector),
    runningPods: (withNodes) => workloads.readRunningPods(main, withNodes),
    pod: (namespace, name) => workloads.readPod(main, namespace, name),
    servedNodes: () => workloads.readServedNodes(main),
    servedPods: () => workloads.readServedPods(main),
    autoscalers: () => workloads.readAutoscalers(main),
  }
}
