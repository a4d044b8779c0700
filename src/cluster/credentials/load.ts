import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Follower } from '../../files/follower.ts'
import { readTextFile } from '../../files/text-file.ts'
import { readAuthorities } from '../../tls/ca-bundle.ts'
import {
  type ApiserverCredentials,
  ApiserverCredentialsError,
  type ApiserverCredentialsOptions,
  bearerOf,
  createApiserverCredentials,
  isSameEndpoint,
} from './apiserver-credentials.ts'
import { kubeconfigCredentials } from './kubeconfig-credentials.ts'

function serverUrl(host: string, port: string): URL {
  const server = URL.parse(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`)
  if (server !== null) return server
  throw new ApiserverCredentialsError(
    `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no address: ${host}, ${port}`,
  )
}

/**
 * Access by the pod's service account (client-go, rest/config.go, InClusterConfig). Unlike there, a missing ca.crt is
 * an error: the system's authorities, which would take its place, cannot have signed the apiserver's certificate.
 */
async function inClusterCredentials(pod: {
  readonly host: string
  readonly port: string
  readonly dir: string
  readonly follower: Follower
}): Promise<ApiserverCredentials> {
  const server = serverUrl(pod.host, pod.port)
  const tokenFile = join(pod.dir, 'token')
  const caFile = join(pod.dir, 'ca.crt')
  const credential = await pod.follower.follow({
    name: `token file ${tokenFile}`,
    read: async () => ({ authorization: await bearerOf(tokenFile) }),
    isSame: (a, b) => a.authorization === b.authorization,
    // The kubelet replaces it before an hour is over.
    isEveryday: () => true,
  })
  const endpoint = await pod.follower.follow({
    name: `CA file ${caFile}`,
    read: async () => {
      const ca = readAuthorities(await readTextFile(caFile, "the service account's CA file"), caFile)
      const tls = { ca, cert: undefined, key: undefined, servername: undefined, insecure: false }
      return { server, tls, proxy: undefined }
    },
    isSame: isSameEndpoint,
  })
  return createApiserverCredentials({ place: caFile, endpoint, credential })
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Loads the credentials of the kubeconfig when there is one, else those of the pod in its cluster.
 * @throws UnusableError that names the file, context or field and what is wrong with it.
 */
export function loadApiserverCredentials(options: ApiserverCredentialsOptions): Promise<ApiserverCredentials> {
  const { kubeconfig, env, follower } = options
  if (kubeconfig) return kubeconfigCredentials(kubeconfig, options)
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    const problem = 'no kubeconfig is given, and KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set'
    return Promise.reject(new ApiserverCredentialsError(`${problem}: not running inside a cluster`))
  }
  return inClusterCredentials({ host, port, dir: options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR, follower })
}
