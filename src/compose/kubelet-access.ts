import { readFile } from 'node:fs/promises'
import type { KubeletOptions } from '../options/options.ts'

/** How kubelets are verified and how we show who we are to them. All PEM. */
export interface KubeletAccess {
  readonly insecure: boolean
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

/**
 * The kubelet flags laid over the credentials for the apiserver, as the Go server does (cmd/metrics-server/app/options/
 * kubelet_client.go). Over plain HTTP no credential is shown.
 * @throws Error naming the file that cannot be read.
 */
export async function kubeletAccess(options: KubeletOptions, cluster: KubeletAccess): Promise<KubeletAccess> {
  if (options.completelyInsecure) return { insecure: true, ca: undefined, cert: undefined, key: undefined }
  const [ca, cert, key] = await Promise.all([
    readOr(cluster.ca, '--kubelet-certificate-authority', options.caFile),
    readOr(cluster.cert, '--kubelet-client-certificate', options.clientCertFile),
    readOr(cluster.key, '--kubelet-client-key', options.clientKeyFile),
  ])
  // A kubeconfig that does not check the apiserver does not check kubelets either, unless their CA is given.
  const insecure = options.insecureTls || (cluster.insecure && options.caFile === undefined)
  return { insecure, ca: insecure ? undefined : ca, cert, key }
}

async function readOr(
  otherwise: string | undefined,
  flag: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return otherwise
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause
    throw new Error(`${flag}: cannot read ${path}: ${code}`, { cause })
  }
}
