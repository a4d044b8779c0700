import type { Clock } from '../../model/clock.ts'
import type { Followed, Follower } from '../../model/follow.ts'
import type { Logger } from '../../model/log.ts'
import { readTextFile } from '../../model/text-file.ts'
import { UnusableError } from '../../model/unusable-error.ts'
import { type ApiserverProxy, isSameProxy } from './proxy.ts'

/** How to reach the apiserver, or how to show who we are, could not be found out. Never carries a secret. */
export class ClusterAccessError extends UnusableError {
  override readonly name = 'ClusterAccessError'
}

/** What a TLS connection to the apiserver is made with. All PEM. */
export interface ClusterTls {
  /** `undefined`: the system's authorities. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The name that the certificate is checked against in place of the server's host. */
  readonly servername: string | undefined
  /** The certificate is not checked at all. */
  readonly insecure: boolean
}

/** Where the apiserver is, and the way there. */
export interface Reach {
  readonly server: URL
  readonly tls: ClusterTls
  readonly proxy: ApiserverProxy | undefined
}

/** What is shown in the Authorization header. */
export interface Credential {
  readonly authorization: string | undefined
}

/** Where the apiserver is and how to show who we are: as the files say now, which may be replaced while we run. */
export interface ClusterAccess {
  /** May have a path, below which the API is served (proxies in front of several clusters do that). */
  readonly server: URL
  readonly tls: ClusterTls
  /** `undefined`: the apiserver is asked directly, as it always is inside of its cluster. */
  readonly proxy: ApiserverProxy | undefined
  /** The kubeconfig, or inside of a cluster the CA file. */
  readonly place: string
  /**
   * The value of the Authorization header, `undefined` when a certificate alone identifies us.
   * @throws UnusableError after {@link invalidate}, when there is nothing else to be had.
   */
  authorization(): Promise<string | undefined>
  /** The apiserver answered 401: the next {@link authorization} reads the files, or runs the plugin, anew. */
  invalidate(): void
  /** Reads the files now. True when they say something else than before. @throws UnusableError */
  renew(): Promise<boolean>
  /** After every change of `server`, `tls` or `proxy`. */
  onChange(listener: () => void): void
}

/** What a plugin hands over. */
export interface PluginCredential {
  readonly authorization: string | undefined
  /** PEM, both or neither. */
  readonly cert: string | undefined
  readonly key: string | undefined
  /** Milliseconds since the epoch; `undefined`: until it is refused. */
  readonly expiresMs: number | undefined
}

export interface ClusterAccessOptions {
  /** A kubeconfig's path; `undefined` or empty for the service account of the pod that we run in. */
  readonly kubeconfig: string | undefined
  /** Where the service account's token and ca.crt are mounted. */
  readonly serviceAccountDir?: string
  /** The environment: KUBERNETES_SERVICE_HOST and _PORT, HTTPS_PROXY and NO_PROXY, and what credential plugins are run with. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Looks after the files. */
  readonly follower: Follower
  readonly clock: Clock
  readonly log: Logger
}

export const isSameReach = (a: Reach, b: Reach): boolean =>
  a.server.href === b.server.href &&
  a.tls.ca === b.tls.ca &&
  a.tls.cert === b.tls.cert &&
  a.tls.key === b.tls.key &&
  a.tls.servername === b.tls.servername &&
  a.tls.insecure === b.tls.insecure &&
  isSameProxy(a.proxy, b.proxy)

interface FollowedParts {
  readonly place: string
  /** May be the same source as `credential`. */
  readonly reach: Followed<Reach>
  readonly credential: Followed<Credential>
  /** The credential was refused: what is remembered of it, beyond the files, is to be forgotten. */
  forget?(): void
}

/** Access as its sources have it at each moment. */
export function createAccess({ place, reach, credential, forget = () => {} }: FollowedParts): ClusterAccess {
  const listeners: (() => void)[] = []
  let told = reach.current()
  let refused = false
  reach.onChange(() => {
    const now = reach.current()
    if (isSameReach(now, told)) return
    told = now
    for (const listener of listeners) listener()
  })
  return {
    place,
    get server() {
      return reach.current().server
    },
    get tls() {
      return reach.current().tls
    },
    get proxy() {
      return reach.current().proxy
    },
    async authorization() {
      if (refused) {
        forget()
        await credential.renew()
        refused = false
      }
      return credential.current().authorization
    },
    invalidate() {
      refused = true
    },
    renew: () => reach.renew(),
    onChange: (listener) => void listeners.push(listener),
  }
}

/** The `Authorization` of a file that holds a bearer token. @throws UnusableError */
export async function bearerOf(path: string): Promise<string> {
  const token = (await readTextFile(path, 'the token file')).trim()
  if (token === '') throw new ClusterAccessError(`the token file ${path} is empty`)
  // What no header can hold would fail each request, with the token in the error.
  if (/[^\x21-\x7e]/.test(token))
    throw new ClusterAccessError(`the token file ${path} holds something else than a token`)
  return `Bearer ${token}`
}
