import { createTrust, type Trust } from '../auth/trust.ts'
import type { ApiserverCredentials } from '../cluster/credentials/apiserver-credentials.ts'
import type { ApiClient } from '../cluster/client/api-client.ts'
import { followAuthenticationConfig } from '../cluster/authentication-config.ts'
import type { RequestObserver } from '../cluster/client/request-sender.ts'
import { createNodeCache, type NodeCache } from '../cluster/node-cache.ts'
import { createPodCache, type PodCache } from '../cluster/pod-cache.ts'
import type { Clock } from '../model/clock.ts'
import type { Follower } from '../files/follower.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { Options } from '../options/options.ts'
import { openRoleClients } from './role-clients.ts'

/** What every part that talks to the apiserver is made with. */
export interface ClusterContext {
  readonly clock: Clock
  readonly faults: FaultLog
  readonly follower: Follower
  readonly log: Logger
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userAgent: string
  readonly observer: RequestObserver
}

/** The apiserver in each of its roles. */
export interface OpenCluster {
  readonly access: ApiserverCredentials
  /** That and the others, each kubeconfig once. */
  accesses(): readonly ApiserverCredentials[]
  readonly nodes: NodeCache
  readonly pods: PodCache
  readonly trust: Trust
  /** Whom to take for the front proxy is known, or need not be: the Go server does not start before. */
  trustSynced(): boolean
  /** For TokenReviews and for SubjectAccessReviews. */
  readonly authentication: ApiClient
  readonly authorization: ApiClient
  start(): void
  stop(): Promise<void>
}

/** Reads the credentials and makes all that follows the apiserver; nothing is requested before `start`. */
export async function openCluster(options: Options, context: ClusterContext): Promise<OpenCluster> {
  const { clock, faults, follower, log } = context
  const roles = await openRoleClients(options, context)
  const { main, lookup, authentication, authorization } = roles.client

  const following = { clock, random: Math.random, faults, log }
  const nodes = createNodeCache({
    ...following,
    client: main,
    labelSelector: options.nodeSelector,
  })
  const pods = createPodCache({ ...following, client: main })
  const config = options.authentication.skipLookup
    ? undefined
    : followAuthenticationConfig({ ...following, client: lookup })
  const { clientCaFile, requestHeader, tolerateLookupFailure } = options.authentication
  const needsConfig = !tolerateLookupFailure && requestHeader.caFile === undefined
  const trust = await createTrust({ files: { clientCaFile, requestHeader }, configMap: config, follower, faults })
  const followers = [nodes, pods, ...(config === undefined ? [] : [config])]

  return {
    access: roles.access,
    accesses: () => roles.accesses,
    nodes,
    pods,
    trust,
    trustSynced: () => config === undefined || !needsConfig || config.current() !== undefined,
    authentication,
    authorization,
    start() {
      for (const follower of followers) follower.start()
    },
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()))
      await roles.close()
    },
  }
}
