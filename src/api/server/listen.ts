import type { FastifyInstance } from 'fastify'

const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

export interface ListenAddress {
  /** Empty for all addresses of both families. */
  readonly host: string
  readonly port: number
  /** SO_REUSEPORT: another process may listen on the same port. */
  readonly reusePort: boolean
}

/** Listens on an address; on "all addresses" of either family as Go does: on those of both, where there are both. */
export async function listenOn(app: FastifyInstance, { host, port, reusePort }: ListenAddress): Promise<void> {
  // Fastify hands on to Node what its own types do not know.
  const listen = (where: string) => {
    const options = { host: where, port, reusePort }
    return app.listen(options)
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
