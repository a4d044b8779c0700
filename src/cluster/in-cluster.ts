import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../model/clock.ts'
import type { ClusterAccess } from './access.ts'
import { ClusterAccessError } from './access-error.ts'
import { createAccess } from './access-parts.ts'
import { bearerTokenFile, readTextFile } from './credential-file.ts'

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
  readonly clock: Clock
}): Promise<ClusterAccess> {
  const credential = bearerTokenFile(join(pod.dir, 'token'), pod.clock)
  await credential.get()
  const readTls = async () => ({
    ca: await readTextFile(join(pod.dir, 'ca.crt'), "the service account's CA file"),
    cert: undefined,
    key: undefined,
    servername: undefined,
    insecure: false,
  })
  return createAccess({ server: serverUrl(pod.host, pod.port), readTls, credential })
}
