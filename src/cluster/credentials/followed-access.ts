import type { Followed } from '../../model/follow.ts'
import type { ClusterAccess, ClusterTls } from './access.ts'
import { type ApiserverProxy, isSameProxy } from '../client/proxy.ts'

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

export const isSameReach = (a: Reach, b: Reach): boolean =>
  a.server.href === b.server.href &&
  a.tls.ca === b.tls.ca &&
  a.tls.cert === b.tls.cert &&
  a.tls.key === b.tls.key &&
  a.tls.servername === b.tls.servername &&
  a.tls.insecure === b.tls.insecure &&
  isSameProxy(a.proxy, b.proxy)

export interface FollowedParts {
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
