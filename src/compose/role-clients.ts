import { type ClusterAccess, type ClusterAccessOptions, loadClusterAccess } from '../cluster/access.ts'
import { type ApiClient, type ApiClientOptions, createApiClient } from '../cluster/api-client.ts'
import type { Options } from '../options/options.ts'

/** What the apiserver is asked for: all else, TokenReviews, SubjectAccessReviews. */
export type ApiserverRole = 'main' | 'authentication' | 'authorization'

/** Clients of the apiserver, each kubeconfig read and followed once. */
export interface RoleClients {
  /** That of the role `main`. */
  readonly access: ClusterAccess
  /** That and the others. */
  readonly accesses: readonly ClusterAccess[]
  readonly client: Readonly<Record<ApiserverRole, ApiClient>>
  close(): Promise<void>
}

export type RoleContext = Omit<ClusterAccessOptions, 'kubeconfig'> & Omit<ApiClientOptions, 'access'>

/**
 * Reads the credentials for each role. Those without a kubeconfig of their own use `--kubeconfig` (the Go server would
 * insist on being in a cluster).
 * @throws UnusableError that names the file and what is wrong with it.
 */
export async function openRoleClients(options: Options, context: RoleContext): Promise<RoleClients> {
  const opened = new Map<string | undefined, { access: ClusterAccess; client: ApiClient }>()
  const open = async (kubeconfig: string | undefined = options.kubeconfig) => {
    const known = opened.get(kubeconfig)
    if (known !== undefined) return known
    const access = await loadClusterAccess({ ...context, kubeconfig })
    const fresh = { access, client: createApiClient({ ...context, access }) }
    opened.set(kubeconfig, fresh)
    return fresh
  }
  const main = await open()
  const authentication = await open(options.authentication.kubeconfig)
  const authorization = await open(options.authorization.kubeconfig)
  const all = [...opened.values()]
  return {
    access: main.access,
    accesses: all.map(({ access }) => access),
    client: { main: main.client, authentication: authentication.client, authorization: authorization.client },
    async close() {
      await Promise.all(all.map(({ client }) => client.close()))
    },
  }
}
