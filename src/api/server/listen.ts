import { once } from 'node:events'
import type { Server } from 'node:net'

const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

export interface ListenAddress {
  /** Empty for all addresses of both families. */
  readonly host: string
  readonly port: number
  /** SO_REUSEPORT: another process may listen on the same port. */
  readonly reusePort: boolean
}

/** Listens on an address; on "all addresses" of either family as Go does: on those of both, where there are both. */
export async function listenOn(server: Server, { host, port, reusePort }: ListenAddress): Promise<void> {
  const listen = async (where: string) => {
    server.listen({ host: where, port, reusePort })
    await once(server, 'listening')
  }
  if (host !== '' && host !== '0.0.0.0') {
    await listen(host)
    return
  }
  try {
    await listen('::')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!WITHOUT_IPV6.has(code)) throw error
    await listen('0.0.0.0')
  }
}
