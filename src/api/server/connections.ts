import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { HttpsServer } from './https-server.ts'

export interface Connections {
  /**
   * Ends those that wait for a request or for their handshake; node ends only those that have had one. HTTP/2
   * connections are told to go away by the server's own `close`.
   */
  closeIdle(): void
  /** Ends them all, whatever they are doing. */
  destroy(): void
}

/** A TLS socket and the TCP socket below it have this in common. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Keeps track of a server's connections. */
export function trackConnections(server: HttpsServer): Connections {
  const handshaking = new Map<string, Socket>()
  /** Requests in progress; HTTP/2 connections are not counted. */
  const open = new Map<TLSSocket, number>()

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    handshaking.set(peer, socket)
    socket.once('close', () => {
      if (handshaking.get(peer) === socket) handshaking.delete(peer)
    })
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    handshaking.delete(peerOf(socket))
    open.set(socket, 0)
    socket.once('close', () => open.delete(socket))
  })

  const count = (socket: TLSSocket, by: number): void => {
    const before = open.get(socket)
    if (before !== undefined) open.set(socket, before + by)
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.httpVersionMajor !== 1) return
    const socket = request.socket as TLSSocket
    count(socket, 1)
    response.once('close', () => count(socket, -1))
  }
  for (const event of ['request', 'checkContinue']) {
    // Before the handler, which may be done at once.
    server.prependListener(event, onRequest)
  }

  return {
    closeIdle() {
      for (const socket of handshaking.values()) socket.destroy()
      for (const [socket, requests] of open) if (requests === 0 && socket.alpnProtocol !== 'h2') socket.destroy()
    },
    destroy() {
      for (const socket of handshaking.values()) socket.destroy()
      for (const socket of open.keys()) socket.destroy()
    },
  }
}
