import { KubeConfig } from '@kubernetes/client-node'
import type { PluginCredential } from './apiserver-credentials.ts'
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
  let authorization: string | undefined
  try {
    await config.applyToHTTPSOptions(options)
    const headers = new Headers(options.headers as Record<string, string> | undefined)
    authorization = headers.get('authorization') ?? undefined
  } catch {
    // What is said here may hold what was about to be handed over (a token that no header can hold is quoted): neither
    // message nor cause may endpoint a log.
    throw user.fail('the auth-provider failed')
  }
  // Nothing tells how long it is good for: a minute, as the tokens of files were read anew by client-go.
  return { authorization, cert: asText(options.cert), key: asText(options.key), expiresMs: nowMs + 60_000 }
}
