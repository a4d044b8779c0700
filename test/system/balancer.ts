import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

/** A backend, and how it is found to be ready. */
export interface Backend {
  readonly port: number
  isReady(): Promise<boolean>
}

export interface Balancer {
  readonly port: number
  add(backend: Backend): void
  /** Connections that could not be passed on. */
  readonly refused: () => number
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 200

/**
 * Spreads connections over the backends that are ready, as kube-proxy does: by turns, knowing nothing of what goes over
 * them; what it learns of readiness takes effect `lagMs` later; a connection stays where it is until one side ends it.
 */
export async function startBalancer(lagMs: number): Promise<Balancer> {
  const backends: Backend[] = []
  const ready = new Map<number, boolean>()
  let turn = 0
  let refused = 0
  const sockets = new Set<net.Socket>()
  const server = net.createServer((client) => {
    const able = backends.filter(({ port }) => ready.get(port) === true)
    const backend = able[turn++ % able.length]
    if (backend === undefined) {
      refused++
      client.destroy()
      return
    }
    const upstream = net.connect(backend.port, '127.0.0.1')
    upstream.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') refused++
      client.destroy()
    })
    client.on('error', () => upstream.destroy())
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const timer = setInterval(() => {
    for (const { port, isReady } of backends) {
      void isReady().then((is) => setTimeout(() => ready.set(port, is), ready.has(port) ? lagMs : 0))
    }
  }, LOOK_EVERY_MS)
  return {
    port: (server.address() as AddressInfo).port,
    add: (backend) => void backends.push(backend),
    refused: () => refused,
    async stop() {
      clearInterval(timer)
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
