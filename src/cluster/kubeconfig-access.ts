import { dirname, resolve } from 'node:path'
import type { Clock } from '../model/clock.ts'
import type { ClusterAccess, ClusterTls } from './access.ts'
import { createAccess } from './access-parts.ts'
import { bearerTokenFile, type CachedCredential, readTextFile } from './credential-file.ts'
import { type KubeconfigPart, readKubeconfig } from './kubeconfig.ts'

/** A certificate or key: as data in the kubeconfig, else from a file beside it. Data wins, as in client-go. */
async function pem(part: KubeconfigPart, field: string, folder: string): Promise<string | undefined> {
  const data = part.base64(`${field}-data`)
  if (data !== undefined) return data
  const path = part.text(field)
  return path === undefined ? undefined : readTextFile(resolve(folder, path), `the ${field} file`)
}

async function readTls(cluster: KubeconfigPart, user: KubeconfigPart, folder: string): Promise<ClusterTls> {
  const insecure = cluster.raw('insecure-skip-tls-verify') === true
  const ca = await pem(cluster, 'certificate-authority', folder)
  if (insecure && ca !== undefined) {
    throw cluster.fail('insecure-skip-tls-verify and a certificate-authority exclude each other')
  }
  const cert = await pem(user, 'client-certificate', folder)
  const key = await pem(user, 'client-key', folder)
  if (cert !== undefined && key === undefined) throw user.fail('client-certificate is set without client-key')
  if (cert === undefined && key !== undefined) throw user.fail('client-key is set without client-certificate')
  return { ca, cert, key, servername: cluster.text('tls-server-name'), insecure }
}

function serverOf(cluster: KubeconfigPart): URL {
  const server = cluster.text('server')
  if (server === undefined) throw cluster.fail('server is not set')
  const url = URL.parse(server)
  if (url === null || !/^https?:$/.test(url.protocol)) throw cluster.fail('server is no http or https URL')
  return url
}

/** Refuses what would otherwise be left undone in silence: a wrong route, or the rights of somebody else. */
function refuseUnsupported(cluster: KubeconfigPart, user: KubeconfigPart): void {
  if (cluster.text('proxy-url') !== undefined) throw cluster.fail('proxy-url is not supported')
  for (const field of ['as', 'as-uid', 'as-groups', 'as-user-extra']) {
    if (user.raw(field) !== undefined) throw user.fail(`${field} (impersonation) is not supported`)
  }
}

const constantly = (value: string | undefined): CachedCredential => ({
  get: () => Promise.resolve(value),
  invalidate: () => undefined,
})

function staticCredential(user: KubeconfigPart, folder: string, clock: Clock): CachedCredential {
  // The file wins over the token beside it, which client-go takes for a first value only.
  const tokenFile = user.text('tokenFile')
  if (tokenFile !== undefined) return bearerTokenFile(resolve(folder, tokenFile), clock)
  const token = user.text('token')
  if (token !== undefined) return constantly(`Bearer ${token}`)
  const username = user.text('username')
  if (username === undefined) return constantly(undefined)
  return constantly(`Basic ${Buffer.from(`${username}:${user.text('password') ?? ''}`).toString('base64')}`)
}

/**
 * Access by a kubeconfig's current context. Relative paths in it start at its own folder. Plugins (`exec`,
 * `auth-provider`) are run by @kubernetes/client-node, loaded only then: it costs 88 MB of resident memory.
 */
export async function kubeconfigAccess(path: string, clock: Clock): Promise<ClusterAccess> {
  const { cluster, user } = readKubeconfig(await readTextFile(path, 'the kubeconfig'), path)
  const folder = dirname(resolve(path))
  const server = serverOf(cluster)
  refuseUnsupported(cluster, user)
  const ownTls = () => readTls(cluster, user, folder)
  if (user.raw('exec') === undefined && user.raw('auth-provider') === undefined) {
    const credential = staticCredential(user, folder, clock)
    await credential.get()
    return createAccess({ server, readTls: ownTls, credential })
  }
  const { pluginAccess } = await import('./plugin-access.ts')
  return pluginAccess({ server, user, clock, readTls: ownTls })
}
