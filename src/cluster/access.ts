import type { Clock } from '../model/clock.ts'
import { ClusterAccessError } from './access-error.ts'
import { inClusterAccess } from './in-cluster.ts'
import { kubeconfigAccess } from './kubeconfig-access.ts'

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

/** Where the apiserver is and how to show who we are. */
export interface ClusterAccess {
  /** May have a path, below which the API is served (proxies in front of several clusters do that). */
  readonly server: URL
  /** As last read; certificate files may be replaced while we run, see {@link reloadTls}. */
  readonly tls: ClusterTls
  /**
   * The value of the Authorization header, `undefined` when a certificate alone identifies us. Token files are read
   * again at most once a minute, since their tokens are replaced long before they expire.
   * @throws ClusterAccessError that names the file or plugin.
   */
  authorization(): Promise<string | undefined>
  /** The apiserver answered 401: the next {@link authorization} reads the token anew. */
  invalidate(): void
  /** Reads the certificate files anew. True when any differs, and `tls` is another from now on. */
  reloadTls(): Promise<boolean>
}

export interface ClusterAccessOptions {
  /** A kubeconfig's path; `undefined` or empty for the service account of the pod that we run in. */
  readonly kubeconfig: string | undefined
  /** Where the service account's token and ca.crt are mounted. */
  readonly serviceAccountDir?: string
  readonly env: {
    readonly KUBERNETES_SERVICE_HOST?: string | undefined
    readonly KUBERNETES_SERVICE_PORT?: string | undefined
  }
  readonly clock: Clock
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds out how to reach the apiserver: by the kubeconfig when there is one, else as a pod of the cluster.
 * @throws ClusterAccessError that names the file, context or field and what is wrong with it.
 */
export function loadClusterAccess(options: ClusterAccessOptions): Promise<ClusterAccess> {
  if (options.kubeconfig) return kubeconfigAccess(options.kubeconfig, options.clock)
  const host = options.env.KUBERNETES_SERVICE_HOST
  const port = options.env.KUBERNETES_SERVICE_PORT
  if (!host || !port) {
    const problem = 'no kubeconfig is given, and KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set'
    return Promise.reject(new ClusterAccessError(`${problem}: not running inside a cluster`))
  }
  return inClusterAccess({ host, port, dir: options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR, clock: options.clock })
}
