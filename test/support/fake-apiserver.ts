import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Authority } from '../../certs/authority.ts'
import { fail, type Handler, type ReceivedRequest } from './fake-answers.ts'
import { createFakeCollection, type FakeCollection } from './fake-collection.ts'

export interface FakeApiserver {
  readonly url: URL
  readonly caPem: string
  /** All that came, oldest first. */
  readonly requests: ReceivedRequest[]
  /** A collection that lists, pages and watches as the real one does. */
  collection(path: string, kind: string): FakeCollection
  /** Answers each request to `path` that no `next` is waiting for. */
  handle(path: string, handler: Handler): void
  /** Answers the next requests to `path`, one each. `watch` tells whether it is for a watch or for anything else. */
  next(path: string, watch: boolean, ...handlers: Handler[]): void
  /** Cuts all connections and listens no more. */
  stop(): Promise<void>
  /** Listens again, on the same port, with what it knows. */
  start(): Promise<void>
}

export interface FakeApiserverOptions {
  readonly authority: Authority
  /** Names and addresses in its certificate; 127.0.0.1 and localhost when left out. */
  readonly names?: { readonly dns?: readonly string[]; readonly ips?: readonly string[] }
  /** Who may have signed clients' certificates, which are then demanded. */
  readonly clientCaPem?: string
}

async function received(request: IncomingMessage): Promise<ReceivedRequest> {
  const url = new URL(request.url ?? '/', 'https://apiserver')
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', headers } = request
  const body = Buffer.concat(chunks).toString('utf8')
  return { method, path: url.pathname, query: url.searchParams, headers, body }
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A programmable apiserver on loopback, with TLS and a port of its own. */
export async function startFakeApiserver(options: FakeApiserverOptions): Promise<FakeApiserver> {
  const { dns = ['localhost'], ips = ['127.0.0.1'] } = options.names ?? {}
  const pair = await options.authority.issue({ commonName: 'apiserver', dns, ips, usage: 'server' })
  const requests: ReceivedRequest[] = []
  const handlers = new Map<string, Handler>()
  const queues = new Map<string, Handler[]>()
  const sockets = new Set<Socket>()
  const queueKey = (path: string, watch: boolean) => `${watch ? 'watch' : 'other'} ${path}`

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const request = await received(incoming)
    requests.push(request)
    const queue = queues.get(queueKey(request.path, request.query.has('watch')))
    const handler = queue?.shift() ?? handlers.get(request.path) ?? fail(404, 'NotFound', 'not found')
    handler(request, response)
  }
  const open = (): Server => {
    const client = options.clientCaPem === undefined ? {} : { ca: options.clientCaPem, requestCert: true }
    const server = createServer({ cert: pair.certPem, key: pair.keyPem, ...client }, (request, response) => {
      answer(request, response).catch(() => response.destroy())
    })
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    return server
  }
  let server = open()
  const port = await listen(server, 0)
  return {
    url: new URL(`https://127.0.0.1:${port}`),
    caPem: options.authority.certPem,
    requests,
    collection(path, kind) {
      const collection = createFakeCollection(kind)
      handlers.set(path, collection.handler)
      return collection
    },
    handle: (path, handler) => void handlers.set(path, handler),
    next(path, watch, ...more) {
      const key = queueKey(path, watch)
      queues.set(key, [...(queues.get(key) ?? []), ...more])
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async start() {
      server = open()
      await listen(server, port)
    },
  }
}
