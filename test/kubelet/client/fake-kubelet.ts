import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import type { Authority, Pair } from '../../../certs/authority.ts'
import { KubeletError } from '../../../src/kubelet/client/errors.ts'
import {
  createKubeletClient,
  type KubeletClient,
  type KubeletClientOptions,
} from '../../../src/kubelet/client/kubelet-client.ts'
import type { NodeAddress, NodeRecord } from '../../../src/model/cluster-objects.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'

const recording = (name: string) => readFileSync(new URL(`../../fixtures/kubelet/${name}`, import.meta.url))
/** A recorded Summary, of a node with this name. */
export const summaryOf = (nodeName: string): Buffer =>
  Buffer.from(recording('summary-3.json').toString().replace('"nodeName": "real-node"', `"nodeName": "${nodeName}"`))
export const SUMMARY_BODY = summaryOf('node-1')
export const RESOURCE_BODY = recording('resource-3.txt')
export const TOKEN = 'Bearer abcdef.0123456789abcdef'

export interface FakeKubelet {
  readonly port: number
  /** Paths asked for, in order. */
  readonly asked: string[]
  readonly headers: http.IncomingHttpHeaders[]
  readonly connections: () => number
  /** What it does with requests from now on. */
  answer: RequestListener
  /** Resolves when the next request has come in. */
  nextRequest(): Promise<void>
  dropConnections(): void
  close(): Promise<void>
}

/** What the kubelet of a node with this name answers. */
export const answerAs =
  (nodeName: string): RequestListener =>
  (request, response) => {
    const isSummary = request.url === '/stats/summary?only_cpu_and_memory=true'
    if (isSummary) response.setHeader('content-type', 'application/json').end(summaryOf(nodeName))
    else if (request.url === '/metrics/resource') response.setHeader('content-type', 'text/plain').end(RESOURCE_BODY)
    else answerStatus(404, '404 page not found\n')(request, response)
  }
export const answerAsKubelet: RequestListener = answerAs('node-1')

export const answerStatus =
  (status: number, body = '', headers: http.OutgoingHttpHeaders = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body)

/** A server on a port of its own; without `pair` it speaks plain HTTP. */
export async function startKubelet(pair: Pair | undefined, host = '127.0.0.1', port = 0): Promise<FakeKubelet> {
  const asked: string[] = []
  const headers: http.IncomingHttpHeaders[] = []
  const waiting: (() => void)[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(request.url ?? '')
    headers.push(request.headers)
    for (const resolve of waiting.splice(0)) resolve()
    kubelet.answer(request, response)
  }
  const server =
    pair === undefined
      ? http.createServer(listener)
      : https.createServer({ cert: pair.certPem, key: pair.keyPem }, listener)
  server.keepAliveTimeout = 0
  server.on(pair === undefined ? 'connection' : 'secureConnection', () => connections++)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => {})
  server.listen(port, host)
  await once(server, 'listening')
  const kubelet: FakeKubelet = {
    port: (server.address() as AddressInfo).port,
    asked,
    headers,
    connections: () => connections,
    answer: answerAsKubelet,
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    dropConnections: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => {
      server.close()
      kubelet.dropConnections()
      await once(server, 'close')
    },
  }
  return kubelet
}

/** A server that answers each connection with bytes of its own, over plain TCP. */
export async function startRaw(serve: (socket: net.Socket) => void): Promise<{ port: number; close: () => void }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

export const nodeAt = (addresses: readonly NodeAddress[], more: Partial<NodeRecord> = {}): NodeRecord => ({
  name: 'node-1',
  uid: 'u',
  labels: [],
  addresses,
  kubeletPort: undefined,
  resourceMetricsPath: undefined,
  ...more,
})
export const LOOPBACK = nodeAt([{ type: 'InternalIP', address: '127.0.0.1' }])

export interface TestClient extends KubeletClient {
  readonly clock: ManualClock
  /** The error that a scrape ends with. */
  failure(node?: NodeRecord): Promise<KubeletError>
}

export function clientFor(
  kubelet: { port: number },
  ca: Authority | undefined,
  more: Partial<KubeletClientOptions> = {},
): TestClient {
  const clock = createManualClock()
  const client = createKubeletClient({
    port: kubelet.port,
    useNodeStatusPort: false,
    preferredAddressTypes: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
    scheme: ca === undefined ? 'http' : 'https',
    source: 'auto',
    requestTimeoutMs: 10_000,
    tls: { insecure: false, ca: ca?.certPem, cert: undefined, key: undefined },
    authorization: async () => TOKEN,
    clock,
    keepAliveMs: 120_000,
    ipFamilies: new Set([4]),
    ...more,
  })
  const failure = async (node = LOOPBACK): Promise<KubeletError> => {
    const error: unknown = await client.scrape(node).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof KubeletError)) throw new Error('did not fail as it must', { cause: error })
    return error
  }
  return { ...client, clock, failure }
}
