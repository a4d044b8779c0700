import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import type { Authenticator } from '../../src/auth/authenticator.ts'
import { tlsServerOptions } from '../../src/tls/tls-server-options.ts'
import type { Made } from '../support/certificate-maker.ts'

export interface Answer {
  /** `null` stands for 401. */
  readonly name: string | null
  readonly uid?: string
  readonly groups: string[]
  readonly extra: [string, string[]][]
  readonly resumed: boolean
}

export interface Client {
  /** A kept-alive connection: one request after the other. */
  ask(headers?: Record<string, string | string[]>): Promise<Answer>
  readonly socket: TLSSocket
  close(): void
}

export interface IdentityServer {
  connect(options: ConnectOptions): Promise<Client>
  close(): void
}

export interface ConnectOptions {
  readonly protocol: 'h2' | 'http/1.1'
  readonly identity?: { certPem: string; keyPem: string; intermediates?: readonly Made[] } | undefined
  readonly session?: Buffer | undefined
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3'
}

async function describe(authenticate: Authenticator, rawHeaders: readonly string[], connection: TLSSocket) {
  const user = await authenticate({ rawHeaders, connection })
  const resumed = connection.isSessionReused()
  if (user === undefined) return { name: null, groups: [], extra: [], resumed }
  return { ...user, extra: [...user.extra], resumed }
}

function h2Client(socket: TLSSocket): Client {
  const session = http2.connect('https://localhost', { createConnection: () => socket })
  session.on('error', () => {})
  return {
    socket,
    close: () => session.destroy(),
    ask: (headers = {}) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': '/', ...headers })
        let body = ''
        stream.on('data', (chunk) => (body += chunk))
        stream.on('end', () => resolve(JSON.parse(body)))
        stream.on('error', reject)
      }),
  }
}

function http1Client(socket: TLSSocket): Client {
  return {
    socket,
    close: () => socket.destroy(),
    ask: (headers = {}) =>
      new Promise((resolve, reject) => {
        const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((v) => `${name}: ${v}\r\n`))
        let text = ''
        const onData = (chunk: Buffer) => {
          text += chunk
          const [head, body] = text.split('\r\n\r\n')
          const length = Number(/content-length: (\d+)/i.exec(head ?? '')?.[1])
          if (body === undefined || Buffer.byteLength(body) < length) return
          socket.off('data', onData)
          resolve(JSON.parse(body))
        }
        socket.on('data', onData).once('error', reject)
        socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`, 'latin1')
      }),
  }
}

/** A TLS server that answers every request with whom it takes the asker for. */
export async function createIdentityServer(
  authenticate: Authenticator,
  pair: { certPem: string; keyPem: string },
  ca: string[],
  tlsOptions: tls.SecureContextOptions = tlsServerOptions({
    minVersion: 'TLSv1.2',
    openSslCiphers: tls.DEFAULT_CIPHERS,
  }),
): Promise<IdentityServer> {
  const server = http2.createSecureServer(
    {
      ...tlsOptions,
      cert: pair.certPem,
      key: pair.keyPem,
      ca,
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
    },
    (request, response) => {
      const connection = (request.stream?.session?.socket ?? request.socket) as TLSSocket
      void describe(authenticate, request.rawHeaders, connection).then((answer) => {
        const body = JSON.stringify(answer)
        response.setHeader('content-length', Buffer.byteLength(body))
        response.end(body)
      })
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const clients: Client[] = []
  return {
    connect: (options) =>
      new Promise((resolve, reject) => {
        const { identity } = options
        const socket = tls.connect({
          port,
          host: '127.0.0.1',
          servername: 'localhost',
          rejectUnauthorized: false,
          ALPNProtocols: [options.protocol],
          ...(options.session && { session: options.session }),
          ...(options.maxVersion && { maxVersion: options.maxVersion }),
          ...(identity && {
            cert: [identity.certPem, ...(identity.intermediates ?? []).map((i) => i.certPem)].join('\n'),
            key: identity.keyPem,
          }),
        })
        socket.once('error', reject)
        socket.once('secureConnect', () => {
          const client = options.protocol === 'h2' ? h2Client(socket) : http1Client(socket)
          clients.push(client)
          resolve(client)
        })
      }),
    close() {
      for (const client of clients) client.close()
      server.close()
    },
  }
}
