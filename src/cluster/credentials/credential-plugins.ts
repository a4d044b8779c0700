import { unlessAborted } from '../../model/abort.ts'
import type { Clock } from '../../model/clock.ts'
import type { Logger } from '../../model/log.ts'
import { checkPair } from '../../tls/key-pair.ts'
import type { ApiserverEndpoint, PluginCredential } from './apiserver-credentials.ts'
import type { KubeconfigEntry } from './kubeconfig.ts'

interface PluginOptions {
  /** The kubeconfig's: a command with a slash in it starts there. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly log: Logger
}

/** The credential plugin of a kubeconfig's user, with its last credential. */
interface Plugins {
  /** `undefined` when the user has no plugin. @throws UnusableError when it fails, or does not answer within 30 s. */
  credential(entry: KubeconfigEntry, endpoint: ApiserverEndpoint): Promise<PluginCredential | undefined>
  /** To be called when its last credential was refused: it is run again. */
  forget(): void
}

/** A credential is renewed this long before it expires, which is longer than the follower's interval. */
const EARLY_MS = 15_000
const REPORT_AFTER_MS = 5_000
const GIVE_UP_MS = 30_000

/**
 * Runs `exec` plugins itself, and the deprecated `auth-provider` by @kubernetes/client-node, which costs 52 MB of
 * memory.
 */
export function createPlugins({ folder, env, clock, log }: PluginOptions): Plugins {
  let hasSucceeded = false
  let last: { readonly asked: string; readonly given: PluginCredential } | undefined

  async function run(
    { cluster, user }: KubeconfigEntry,
    endpoint: ApiserverEndpoint,
    signal: AbortSignal,
  ): Promise<PluginCredential> {
    // Loaded only where the kubeconfig has one.
    if (user.raw('exec') !== undefined) {
      const { runExecPlugin } = await import('./exec-plugin.ts')
      return runExecPlugin({ user, cluster, endpoint, folder, env, signal })
    }
    const { runAuthProvider } = await import('./auth-provider.ts')
    return unlessAborted(runAuthProvider(user, clock.wallMs()), signal)
  }

  /** Reports a plugin that hangs, because it waits for a terminal or for its service, and then gives it up. */
  async function bounded(entry: KubeconfigEntry, endpoint: ApiserverEndpoint): Promise<PluginCredential> {
    const { where, fail } = entry.user
    const controller = new AbortController()
    const timers = [
      clock.after(REPORT_AFTER_MS, () => {
        // Later only a request waits for it, and giving it up is reported as a fault.
        if (!hasSucceeded) log.warn('Waiting for a credential plugin', { user: where, upToSeconds: GIVE_UP_MS / 1000 })
      }),
      clock.after(GIVE_UP_MS, () => {
        controller.abort(fail(`the credential plugin did not answer within ${GIVE_UP_MS / 1000} s`))
      }),
    ]
    try {
      return await run(entry, endpoint, controller.signal)
    } finally {
      for (const timer of timers) timer.cancel()
    }
  }

  const isGood = ({ expiresMs }: PluginCredential): boolean =>
    expiresMs === undefined || clock.wallMs() < expiresMs - EARLY_MS

  return {
    async credential(entry, endpoint) {
      const { cluster, user } = entry
      const wanted = { exec: user.raw('exec'), provider: user.raw('auth-provider') }
      if (wanted.exec === undefined && wanted.provider === undefined) return undefined
      const asked = JSON.stringify([wanted, cluster.name, endpoint.server, endpoint.tls.ca])
      if (last?.asked === asked && isGood(last.given)) return last.given
      const given = await bounded(entry, endpoint)
      const { cert: certPem, key: keyPem } = given
      if (certPem !== undefined && keyPem !== undefined) {
        const place = `${user.where}: what the credential plugin gave`
        checkPair({ certPem, keyPem }, { certFile: `${place} as certificate`, keyFile: `${place} as key` })
      }
      last = { asked, given }
      hasSucceeded = true
      return given
    },
    forget() {
      last = undefined
    },
  }
}
