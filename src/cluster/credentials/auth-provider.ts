import { KubeConfig } from '@kubernetes/client-node'
import type { PluginCredential } from './apiserver-credentials.ts'
import type { KubeconfigPart } from './kubeconfig.ts'

const asText = (value: unknown): string | undefined =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value.toString() : undefined

/** Credentials of a user with an `auth-provider`, such as oidc: what Kubernetes had before exec plugins. */
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
    // Message and cause may quote the token, such as one that no header can hold: neither may reach a log.
    throw user.fail('the auth-provider failed')
  }
  // The provider does not say how long the credential is valid: client-go reads token files again after a minute.
  return { authorization, cert: asText(options.cert), key: asText(options.key), expiresMs: nowMs + 60_000 }
}
