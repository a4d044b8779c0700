import type { FastifyInstance } from 'fastify'

const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

/** Listens on an address; on "all addresses" of either family as Go does: on those of both, where there are both. */
export async function listenOn(app: FastifyInstance, host: string, port: number): Promise<void> {
  if (host !== '' && host !== '0.0.0.0') {
    await app.listen({ host, port })
    return
  }
  try {
    await app.listen({ host: '::', port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!WITHOUT_IPV6.has(code)) throw error
    await app.listen({ host: '0.0.0.0', port })
  }
}
