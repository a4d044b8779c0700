import { KubeConfig } from '@kubernetes/client-node'
import type { PluginCredential } from './credential-plugins.ts'
import type { KubeconfigPart } from './kubeconfig.ts'

const asText = (value: unknown): string | undefined =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined

/** Credentials of a user with an `auth-provider` (oidc and others of before the exec plugins). */
export async function runAuthProvider(user: KubeconfigPart, nowMs: number): Promise<PluginCredential> {
  // A configuration with nothing in it but the user.
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://localhost', skipTLSVerify: false }],
    users: [{ name: user.name, authProvider: user.raw('auth-provider') }],
    contexts: [{ name: 'x', cluster: 'c', user: user.name }],
    currentContext: 'x',
  })
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch {
    // What a provider says may hold what it was about to hand over: neither message nor cause may reach a log.
    throw user.fail('the auth-provider failed')
  }
  const headers = new Headers(options.headers as Record<string, string> | undefined)
  const authorization = headers.get('authorization') ?? undefined
  // Nothing tells how long it is good for: a minute, as the tokens of files were read anew by client-go.
  return { authorization, cert: asText(options.cert), key: asText(options.key), expiresMs: nowMs + 60_000 }
}
