import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '../../model/clock.ts'
import type { Bounds } from './bounds.ts'
import type { HttpsServer } from './https-server.ts'
import { cutOff, sessionOf, streamOf } from './raw-messages.ts'

/** A request from its head until its client has read the answer. */
interface OpenRequest {
  /** When the whole answer was handed on, monotonic milliseconds; `undefined` while it is worked on. */
  answeredMs: number | undefined
  /** What it holds of the memory for unauthenticated connections. */
  bytes: number
}

interface Connection {
  /** The TCP connection, and what it becomes with the handshake and the choice of HTTP/2. */
  readonly tcp: Socket
  tls: TLSSocket | undefined
  session: ServerHttp2Session | undefined
  /** When it was accepted, then when its handshake was done, monotonic milliseconds. */
  sinceMs: number
  frontProxy: boolean
  /** Its certificate, or a request on it, has proved a user. */
  authenticated: boolean
  /** A whole head has come on it. */
  requested: boolean
  /** A GOAWAY was sent; the connection is destroyed then. */
  leaveByMs: number | undefined
  bytes: number
  controlFrames: number
  readonly open: Map<ServerResponse, OpenRequest>
}

/** The connections of a server and what each of them holds. Requests that came over none of them (`inject`) are ignored. */
export interface Connections {
  /** Keeps track of a server's connections from now on. */
  track(server: HttpsServer): void
  /** Whether a request came over a connection of the front proxy. */
  isFrontProxy(request: IncomingMessage): boolean
  /** A user was recognized: the connection gets the time and memory of those who are known. */
  authenticated(request: IncomingMessage): void
  /** Tells the client to go away over HTTP/2, once it has read what is open, or after a time. */
  dismiss(request: IncomingMessage): void
  /** So many bytes of an answer, all of it, were handed on; from now on the client has a bounded time to read them. */
  answered(request: IncomingMessage, response: ServerResponse, bytes: number): void
  /** Whether an answer is due, or on its way, on an HTTP/1.1 connection. */
  isAnswering(socket: object): boolean
  /**
   * Ends those that wait for a request or for their handshake; Node.js ends only those that have had one. HTTP/2
   * connections get a GOAWAY from the server's own `close`.
   */
  closeIdle(): void
  /** Ends them all, whatever they are doing. */
  destroy(): void
}

export interface ConnectionsOptions {
  readonly bounds: Bounds
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** Whether a connection's certificate is the front proxy's. */
  isFrontProxy(connection: TLSSocket): boolean
}

/** As much of a request's body as a client may send over HTTP/2 before anybody reads it: the initial window. */
const BODY_BYTES = 64 * 1024

/** A TLS socket, a session's view of it and the TCP socket below it have this in common. */
const peerOf = (socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress'>): string =>
  `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`

/** What a request holds before it is answered. */
function bytesOf(request: IncomingMessage): number {
  let bytes = request.url?.length ?? 0
  for (const text of request.rawHeaders) bytes += text.length
  const stream = streamOf(request)
  return stream === undefined || stream.endAfterHeaders ? bytes : bytes + BODY_BYTES
}

/**
 * Watches over connections. Node.js bounds what a connection may do, but not how many there are of clients that nobody
 * knows, nor how long a client may take to read an answer while something else moves on its connection.
 */
export function createConnections({ bounds, clock, isFrontProxy }: ConnectionsOptions): Connections {
  /** In the order in which they were accepted. */
  const all = new Set<Connection>()
  const unauthenticated = new Set<Connection>()
  const handshaking = new Map<string, Connection>()
  const byTransport = new Map<object, Connection>()
  let unauthenticatedBytes = 0
  let isSwept = false

  const connectionOf = (request: IncomingMessage): Connection | undefined =>
    byTransport.get(sessionOf(request) ?? request.socket)

  function count(connection: Connection, request: OpenRequest, bytes: number): void {
    if (!unauthenticated.has(connection)) return
    request.bytes += bytes
    connection.bytes += bytes
    unauthenticatedBytes += bytes
    while (unauthenticatedBytes > bounds.maxUnauthenticatedBytes) destroy(greediest())
  }

  function greediest(): Connection | undefined {
    let most: Connection | undefined
    for (const one of unauthenticated) if (most === undefined || one.bytes > most.bytes) most = one
    return most
  }

  function forget(connection: Connection): void {
    if (!all.delete(connection)) return
    if (unauthenticated.delete(connection)) unauthenticatedBytes -= connection.bytes
    const peer = peerOf(connection.tcp)
    if (handshaking.get(peer) === connection) handshaking.delete(peer)
    if (connection.tls !== undefined) byTransport.delete(connection.tls)
    if (connection.session !== undefined) byTransport.delete(connection.session)
    // Node.js forgets pipelined answers that wait behind others: whoever waits for them would wait for ever.
    setImmediate(() => {
      for (const response of connection.open.keys()) {
        response.destroy()
        response.emit('close')
      }
    })
  }

  function destroy(connection: Connection | undefined): void {
    if (connection === undefined) return
    forget(connection)
    const { tcp, tls, session } = connection
    // Closing waits for the streams, and for a client that reads; destroying waits for nobody.
    session?.destroy()
    if (tls === undefined) tcp.destroy()
    else tls.destroy()
  }

  function accept(tcp: Socket): void {
    const connection: Connection = {
      ...{ tcp, tls: undefined, session: undefined, sinceMs: clock.monotonicMs() },
      ...{ frontProxy: false, authenticated: false, requested: false, leaveByMs: undefined },
      ...{ bytes: 0, controlFrames: 0, open: new Map() },
    }
    all.add(connection)
    unauthenticated.add(connection)
    handshaking.set(peerOf(tcp), connection)
    tcp.once('close', () => forget(connection))
    if (unauthenticated.size > bounds.maxUnauthenticated) {
      const [oldest] = unauthenticated
      destroy(oldest)
    }
    if (!isSwept) clock.after(bounds.connectionsCheckMs, sweep)
    isSwept = true
  }

  function secure(socket: TLSSocket, server: HttpsServer): void {
    const peer = peerOf(socket)
    const connection = handshaking.get(peer)
    if (connection === undefined) {
      // It was destroyed in the midst of its handshake. Node.js is about to make a session of it, and wants it whole.
      setImmediate(() => socket.destroy())
      return
    }
    handshaking.delete(peer)
    connection.tls = socket
    connection.sinceMs = clock.monotonicMs()
    connection.frontProxy = isFrontProxy(socket)
    byTransport.set(socket, connection)
    socket.once('close', () => forget(connection))
    if (connection.frontProxy || socket.authorized) recognize(connection)
    // Node.js reads these two for each connection as it begins.
    Object.assign(server, {
      maxHeaderSize: connection.frontProxy ? bounds.maxProxyHeaderBytes : bounds.maxHeaderBytes,
      // One more than is served: Node.js drops those beyond without a word.
      maxHeadersCount: (connection.frontProxy ? bounds.maxProxyHeaders : bounds.maxHeaders) + 1,
    })
  }

  function open(session: ServerHttp2Session, connection: Connection): void {
    connection.session = session
    byTransport.set(session, connection)
    if (connection.frontProxy) {
      session.settings({ maxHeaderListSize: bounds.maxProxyHeaderBytes, maxFrameSize: bounds.maxProxyFrameBytes })
    }
    const controlled = () => {
      if (++connection.controlFrames > bounds.maxControlFrames) destroy(connection)
    }
    session.on('ping', controlled)
    session.on('remoteSettings', controlled)
  }

  function recognize(connection: Connection): void {
    if (connection.authenticated) return
    connection.authenticated = true
    if (unauthenticated.delete(connection)) unauthenticatedBytes -= connection.bytes
  }

  function begin(request: IncomingMessage, response: ServerResponse): void {
    const connection = connectionOf(request)
    if (connection === undefined) return
    connection.requested = true
    const opened: OpenRequest = { answeredMs: undefined, bytes: 0 }
    connection.open.set(response, opened)
    response.once('close', () => {
      if (!connection.open.delete(response) || !unauthenticated.has(connection)) return
      connection.bytes -= opened.bytes
      unauthenticatedBytes -= opened.bytes
    })
    if (unauthenticated.has(connection)) count(connection, opened, bytesOf(request))
  }

  /** Whether a connection has passed a time that it has as a whole. */
  function isOverdue({ authenticated, requested, leaveByMs, session, sinceMs }: Connection, nowMs: number) {
    // Node.js itself looks after handshakes and heads of HTTP/1.1.
    if (session === undefined) return false
    if (leaveByMs !== undefined && nowMs >= leaveByMs) return !authenticated || session.destroyed
    return !authenticated && !requested && nowMs - sinceMs >= bounds.headersTimeoutMs
  }

  /** Cuts off the answers of a connection that have not been read in time. */
  function cutUnread(connection: Connection, nowMs: number): void {
    const { authenticated, session, open } = connection
    const allowedMs = authenticated ? bounds.requestTimeoutMs : bounds.unauthenticatedTimeoutMs
    for (const [response, { answeredMs }] of open) {
      if (answeredMs === undefined || nowMs - answeredMs < allowedMs) continue
      if (session === undefined || !authenticated) {
        destroy(connection)
        return
      }
      cutOff(response)
    }
  }

  function sweep(): void {
    const nowMs = clock.monotonicMs()
    for (const connection of all) {
      connection.controlFrames = 0
      if (isOverdue(connection, nowMs)) destroy(connection)
      else cutUnread(connection, nowMs)
    }
    isSwept = all.size > 0
    if (isSwept) clock.after(bounds.connectionsCheckMs, sweep)
  }

  return {
    track(server) {
      let latest: Connection | undefined
      server.on('connection', accept)
      server.prependListener('secureConnection', (socket: TLSSocket) => {
        latest = handshaking.get(peerOf(socket))
        secure(socket, server)
      })
      // Node.js makes the session while it announces the socket: it is the last one that has come.
      server.on('session', (session: ServerHttp2Session) => {
        if (latest !== undefined && all.has(latest)) open(session, latest)
      })
      // Before the handler, which may be done at once.
      for (const event of ['request', 'checkContinue']) server.prependListener(event, begin)
    },
    isFrontProxy: (request) => connectionOf(request)?.frontProxy === true,
    authenticated(request) {
      const connection = connectionOf(request)
      if (connection !== undefined) recognize(connection)
    },
    dismiss(request) {
      const connection = connectionOf(request)
      if (connection?.session === undefined) return
      connection.session.close()
      connection.leaveByMs ??= clock.monotonicMs() + bounds.unauthenticatedTimeoutMs
    },
    answered(request, response, bytes) {
      const connection = connectionOf(request)
      const opened = connection?.open.get(response)
      if (connection === undefined || opened === undefined) return
      opened.answeredMs = clock.monotonicMs()
      count(connection, opened, bytes)
    },
    isAnswering: (socket) => (byTransport.get(socket)?.open.size ?? 0) > 0,
    closeIdle() {
      for (const connection of all) {
        const idle = connection.tls === undefined || (connection.session === undefined && connection.open.size === 0)
        if (idle) destroy(connection)
      }
    },
    destroy() {
      for (const connection of all) destroy(connection)
    },
  }
}
