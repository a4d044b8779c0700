import { once } from 'node:events'
import http2 from 'node:http2'
import tls from 'node:tls'
import type { World } from '../../contract/support/world.ts'

/** A TLS connection that sends what it is given, and keeps what it receives. */
export interface RawClient {
  readonly socket: tls.TLSSocket
  /** All that was heard so far. */
  heard(): string
  /** Gives all that was heard as soon as it matches. */
  until(pattern: RegExp): Promise<string>
  /** Gives all that was heard once the server has closed the connection. */
  closed(): Promise<string>
}

export async function rawClient(world: World, port: number, options: tls.ConnectionOptions = {}): Promise<RawClient> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: world.authority.certPem, ...options })
  socket.on('error', () => {})
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'secureConnect')
  return {
    socket,
    heard: () => heard,
    async until(pattern) {
      while (!pattern.test(heard)) await Promise.race([once(socket, 'data'), ended.then(() => Promise.reject(heard))])
      return heard
    },
    async closed() {
      await ended
      return heard
    },
  }
}

export function connectHttp2(world: World, port: number, options: http2.SecureClientSessionOptions = {}) {
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca: world.authority.certPem, ...options })
  session.on('error', () => {})
  return session
}

/** Asks as the administrator; rejects when the stream or the connection is ended early. */
export async function askHttp2(session: http2.ClientHttp2Session, path: string, headers = {}) {
  const stream = session.request({ ':path': path, authorization: 'Bearer admin', ...headers })
  const cut = new Promise<never>((_, reject) => {
    stream.once('close', () => reject(new Error('the stream was closed without an answer')))
  })
  const [head] = await Promise.race([once(stream, 'response'), cut])
  cut.catch(() => {})
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return { status: Number(head[':status']), headers: head, body: Buffer.concat(chunks) }
}
