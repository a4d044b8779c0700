import { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../model/clock.ts'
import type { ClusterAccess, ClusterTls } from './access.ts'
import { createAccess } from './access-parts.ts'
import { cacheCredential } from './credential-file.ts'
import type { KubeconfigPart } from './kubeconfig.ts'

interface PluginCredentials {
  readonly authorization: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
}

const asText = (value: unknown): string | undefined =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined

/** A configuration with nothing in it but the user's plugin; client-node caches what the plugin answers. */
function configOf(user: KubeconfigPart): KubeConfig {
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://localhost', skipTLSVerify: false }],
    users: [{ name: user.name, exec: user.raw('exec'), authProvider: user.raw('auth-provider') }],
    contexts: [{ name: 'x', cluster: 'c', user: user.name }],
    currentContext: 'x',
  })
  return config
}

async function runPlugin(config: KubeConfig, user: KubeconfigPart): Promise<PluginCredentials> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch {
    // What a plugin prints may hold what it was about to hand over: neither message nor cause may reach a log.
    throw user.fail('the credential plugin failed; run its command by hand to see why')
  }
  const headers = new Headers(options.headers as Record<string, string> | undefined)
  return {
    authorization: headers.get('authorization') ?? undefined,
    cert: asText(options.cert),
    key: asText(options.key),
  }
}

/** Access for a user whose token or client certificate comes from a plugin (client.authentication.k8s.io). */
export function pluginAccess(parts: {
  readonly server: URL
  readonly user: KubeconfigPart
  readonly clock: Clock
  readonly readTls: () => Promise<ClusterTls>
}): Promise<ClusterAccess> {
  let config = configOf(parts.user)
  const credential = cacheCredential(async () => (await runPlugin(config, parts.user)).authorization, parts.clock)
  return createAccess({
    server: parts.server,
    async readTls() {
      const { cert, key } = await runPlugin(config, parts.user)
      const own = await parts.readTls()
      return { ...own, cert: cert ?? own.cert, key: key ?? own.key }
    },
    credential: {
      get: credential.get,
      invalidate() {
        // A new configuration forgets the answer that client-node would keep until it expires.
        config = configOf(parts.user)
        credential.invalidate()
      },
    },
  })
}
