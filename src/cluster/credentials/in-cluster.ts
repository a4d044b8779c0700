import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Follower } from '../../model/follow.ts'
import { readAuthorities } from '../../tls/key-pair.ts'
import { readTextFile } from '../../model/text-file.ts'
import type { ClusterAccess } from './access.ts'
import { ClusterAccessError } from './access-error.ts'
import { bearerOf } from './bearer-file.ts'
import { createAccess, isSameReach } from './followed-access.ts'

function serverUrl(host: string, port: string): URL {
  const server = URL.parse(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`)
  if (server !== null) return server
  throw new ClusterAccessError(`KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no address: ${host}, ${port}`)
}

/**
 * Access by the pod's service account (client-go, rest/config.go, InClusterConfig). Unlike there, a missing ca.crt is an
 * error: without it the system's authorities would be asked about a certificate that they cannot know.
 */
export async function inClusterAccess(pod: {
  readonly host: string
  readonly port: string
  readonly dir: string
  readonly follower: Follower
}): Promise<ClusterAccess> {
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
  const reach = await pod.follower.follow({
    name: `CA file ${caFile}`,
    read: async () => {
      const ca = readAuthorities(await readTextFile(caFile, "the service account's CA file"), caFile)
      const tls = { ca, cert: undefined, key: undefined, servername: undefined, insecure: false }
      return { server, tls, proxy: undefined }
    },
    isSame: isSameReach,
  })
  return createAccess({ place: caFile, reach, credential })
}
