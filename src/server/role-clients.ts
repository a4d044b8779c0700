import type { ApiserverCredentials, ApiserverCredentialsOptions } from '../cluster/credentials/apiserver-credentials.ts'
import { loadApiserverCredentials } from '../cluster/credentials/load.ts'
import { type ApiClient, type ApiClientOptions, createApiClient } from '../cluster/client/api-client.ts'
import type { Options } from '../options/options.ts'

/**
 * What the apiserver is queried for: nodes and pods (and all else), the authentication configmap, TokenReviews,
 * SubjectAccessReviews. Each has connections of its own, so that a flood of one starves none of the others.
 */
export type ApiserverRole = 'main' | 'lookup' | 'authentication' | 'authorization'

/** Clients of the apiserver, each kubeconfig read and followed once. */
export interface RoleClients {
  /** That of the role `main`. */
  readonly access: ApiserverCredentials
  /** That and the others. */
  readonly accesses: readonly ApiserverCredentials[]
  readonly client: Readonly<Record<ApiserverRole, ApiClient>>
  close(): Promise<void>
}

export type RoleContext = Omit<ApiserverCredentialsOptions, 'kubeconfig'> & Omit<ApiClientOptions, 'credentials'>

/**
 * Reads the credentials for each role. Those without a kubeconfig of their own use `--kubeconfig` (the Go server would
 * insist on being in a cluster).
 * @throws UnusableError that names the file and what is wrong with it.
 */
export async function openRoleClients(options: Options, context: RoleContext): Promise<RoleClients> {
  const accesses = new Map<string | undefined, ApiserverCredentials>()
  const accessOf = async (kubeconfig: string | undefined = options.kubeconfig): Promise<ApiserverCredentials> => {
    const access = accesses.get(kubeconfig) ?? (await loadApiserverCredentials({ ...context, kubeconfig }))
    accesses.set(kubeconfig, access)
    return access
  }
  const access = await accessOf()
  const authentication = await accessOf(options.authentication.kubeconfig)
  const authorization = await accessOf(options.authorization.kubeconfig)
  const clientOf = (of: ApiserverCredentials) => createApiClient({ ...context, credentials: of })
  const client = {
    main: clientOf(access),
    lookup: clientOf(authentication),
    authentication: clientOf(authentication),
    authorization: clientOf(authorization),
  }
  return {
    access,
    accesses: [...accesses.values()],
    client,
    async close() {
      await Promise.all(Object.values(client).map((one) => one.close()))
    },
  }
}
