import type { ClusterAccess, ClusterTls } from './access.ts'
import type { CachedCredential } from './credential-file.ts'

const sameTls = (a: ClusterTls, b: ClusterTls): boolean => a.ca === b.ca && a.cert === b.cert && a.key === b.key

/** Access whose certificates come from `readTls` and whose Authorization comes from `credential`. */
export async function createAccess(parts: {
  readonly server: URL
  readonly readTls: () => Promise<ClusterTls>
  readonly credential: CachedCredential
}): Promise<ClusterAccess> {
  let tls = await parts.readTls()
  return {
    server: parts.server,
    get tls() {
      return tls
    },
    authorization: () => parts.credential.get(),
    invalidate: () => parts.credential.invalidate(),
    async reloadTls() {
      const fresh = await parts.readTls()
      const changed = !sameTls(tls, fresh)
      tls = fresh
      return changed
    },
  }
}
