import type { Clock } from '../../model/clock.ts'
import type { Follower } from '../../model/follow.ts'
import type { Logger } from '../../model/log.ts'
import { ClusterAccessError } from './access-error.ts'
import { inClusterAccess } from './in-cluster.ts'
import { kubeconfigAccess } from './kubeconfig-access.ts'
import type { ApiserverProxy } from '../client/proxy.ts'

/** What a TLS connection to the apiserver is made with. All PEM. */
export interface ClusterTls {
  /** `undefined`: the system's authorities. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The name that the certificate is checked against in place of the server's host. */
  readonly servername: string | undefined
  /** The certificate is not checked at all. */
  readonly insecure: boolean
}

/** Where the apiserver is and how to show who we are: as the files say now, which may be replaced while we run. */
export interface ClusterAccess {
  /** May have a path, below which the API is served (proxies in front of several clusters do that). */
  readonly server: URL
  readonly tls: ClusterTls
  /** `undefined`: the apiserver is asked directly, as it always is inside of its cluster. */
  readonly proxy: ApiserverProxy | undefined
  /** The kubeconfig, or inside of a cluster the CA file. */
  readonly place: string
  /**
   * The value of the Authorization header, `undefined` when a certificate alone identifies us.
   * @throws UnusableError after {@link invalidate}, when there is nothing else to be had.
   */
  authorization(): Promise<string | undefined>
  /** The apiserver answered 401: the next {@link authorization} reads the files, or runs the plugin, anew. */
  invalidate(): void
  /** Reads the files now. True when they say something else than before. @throws UnusableError */
  renew(): Promise<boolean>
  /** After every change of `server`, `tls` or `proxy`. */
  onChange(listener: () => void): void
}

export interface ClusterAccessOptions {
  /** A kubeconfig's path; `undefined` or empty for the service account of the pod that we run in. */
  readonly kubeconfig: string | undefined
  /** Where the service account's token and ca.crt are mounted. */
  readonly serviceAccountDir?: string
  /** The environment: KUBERNETES_SERVICE_HOST and _PORT, HTTPS_PROXY and NO_PROXY, and what credential plugins are run with. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Looks after the files. */
  readonly follower: Follower
  readonly clock: Clock
  readonly log: Logger
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds out how to reach the apiserver: by the kubeconfig when there is one, else as a pod of the cluster.
 * @throws UnusableError that names the file, context or field and what is wrong with it.
 */
export function loadClusterAccess(options: ClusterAccessOptions): Promise<ClusterAccess> {
  const { kubeconfig, env, follower } = options
  if (kubeconfig) return kubeconfigAccess(kubeconfig, options)
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    const problem = 'no kubeconfig is given, and KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set'
    return Promise.reject(new ClusterAccessError(`${problem}: not running inside a cluster`))
  }
  return inClusterAccess({ host, port, dir: options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR, follower })
}
