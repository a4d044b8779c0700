import type { Socket } from 'node:net'
import type { HttpsServer } from './https-server.ts'

export interface Connections {
  count(): number
  /** Ends them all, whatever they are doing. */
  destroy(): void
}

/** Keeps track of a server's connections: both kinds of node's servers can only close those that are idle. */
export function trackConnections(server: HttpsServer): Connections {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return {
    count: () => sockets.size,
    destroy: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}
