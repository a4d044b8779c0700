import type { Clock } from '../../model/clock.ts'
import type { Followed, Follower } from '../../files/follower.ts'
import type { Logger } from '../../model/log.ts'
import { readTextFile, UnusableError } from '../../files/text-file.ts'
import { type ApiserverProxy, isSameProxy } from './proxy.ts'

/** The files, plugin or environment do not say how to reach the apiserver, or as whom. The message holds no secret. */
export class ApiserverCredentialsError extends UnusableError {
  override readonly name = 'ApiserverCredentialsError'
}

/** What a TLS connection to the apiserver is made with. All PEM. */
export interface ApiserverTls {
  /** `undefined`: the system's authorities. */
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The name that the certificate is checked against in place of the server's host. */
  readonly servername: string | undefined
  /** The certificate is not checked at all. */
  readonly insecure: boolean
}

/** Where the apiserver is, and how a connection to it is made. */
export interface ApiserverEndpoint {
  /** May have a path, below which the API is served, as proxies in front of several clusters do. */
  readonly server: URL
  readonly tls: ApiserverTls
  /** `undefined`: the apiserver is reached directly, as it always is inside its cluster. */
  readonly proxy: ApiserverProxy | undefined
}

/** The value of the Authorization header, if there is one. */
export interface Credential {
  readonly authorization: string | undefined
}

/** Where and as whom the apiserver is queried, as the files say now: they may be replaced while the server runs. */
export interface ApiserverCredentials extends ApiserverEndpoint {
  /** The kubeconfig, or inside of a cluster the CA file. */
  readonly place: string
  /**
   * The value of the Authorization header, `undefined` when a certificate alone identifies us.
   * @throws UnusableError after {@link invalidate}, when no other credential can be read.
   */
  authorization(): Promise<string | undefined>
  /** To be called after a 401: the next {@link authorization} reads the files, or runs the plugin, again. */
  invalidate(): void
  /** Reads the files now. Resolves with true when they have changed. @throws UnusableError */
  renew(): Promise<boolean>
  /** After every change of `server`, `tls` or `proxy`. */
  onChange(listener: () => void): void
}

/** What a credential plugin returns. */
export interface PluginCredential {
  readonly authorization: string | undefined
  /** PEM, both or neither. */
  readonly cert: string | undefined
  readonly key: string | undefined
  /** Milliseconds since the epoch; `undefined`: until it is refused. */
  readonly expiresMs: number | undefined
}

export interface ApiserverCredentialsOptions {
  /** A kubeconfig's path; `undefined` or empty for the service account of the server's own pod. */
  readonly kubeconfig: string | undefined
  /** Where the service account's token and ca.crt are mounted. */
  readonly serviceAccountDir?: string
  /**
   * The environment: KUBERNETES_SERVICE_HOST and _PORT, HTTPS_PROXY and NO_PROXY, and what credential plugins are run
   * with.
   */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Watches the files. */
  readonly follower: Follower
  readonly clock: Clock
  readonly log: Logger
}

export const isSameEndpoint = (a: ApiserverEndpoint, b: ApiserverEndpoint): boolean =>
  a.server.href === b.server.href &&
  a.tls.ca === b.tls.ca &&
  a.tls.cert === b.tls.cert &&
  a.tls.key === b.tls.key &&
  a.tls.servername === b.tls.servername &&
  a.tls.insecure === b.tls.insecure &&
  isSameProxy(a.proxy, b.proxy)

interface FollowedSources {
  readonly place: string
  /** May be the same source as `credential`. */
  readonly endpoint: Followed<ApiserverEndpoint>
  readonly credential: Followed<Credential>
  /** Called when the credential was refused: drops what is cached of it beside the files. */
  forget?(): void
}

/** Credentials that follow their sources. */
export function createApiserverCredentials({
  place,
  endpoint,
  credential,
  forget = () => {},
}: FollowedSources): ApiserverCredentials {
  const listeners: (() => void)[] = []
  let reported = endpoint.current()
  let refused = false
  endpoint.onChange(() => {
    const now = endpoint.current()
    if (isSameEndpoint(now, reported)) return
    reported = now
    for (const listener of listeners) listener()
  })
  return {
    place,
    get server() {
      return endpoint.current().server
    },
    get tls() {
      return endpoint.current().tls
    },
    get proxy() {
      return endpoint.current().proxy
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
    renew: () => endpoint.renew(),
    onChange: (listener) => void listeners.push(listener),
  }
}

/** The `Authorization` of a file that holds a bearer token. @throws UnusableError */
export async function bearerOf(path: string): Promise<string> {
  const token = (await readTextFile(path, 'the token file')).trim()
  if (token === '') throw new ApiserverCredentialsError(`the token file ${path} is empty`)
  // What no header can hold would fail each request, with the token in the error.
  if (/[^\x21-\x7e]/.test(token))
    throw new ApiserverCredentialsError(`the token file ${path} holds something else than a token`)
  return `Bearer ${token}`
}
