import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority, type Pair } from '../../certs/authority.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { httpsGet } from './https-get.ts'

const PODS = '/apis/metrics.k8s.io/v1beta1/pods'

interface Seen {
  readonly raw: readonly string[]
  readonly httpVersion: string
  readonly path: string
  readonly issuer: unknown
}

let pair: Pair
let caPem: string
beforeAll(async () => {
  const authority = await createAuthority('backend-ca')
  caPem = authority.certPem
  pair = await authority.issue({ commonName: 'b', dns: ['metrics-server.kube-system.svc'], usage: 'server' })
})

let clock: ManualClock
let cluster: Cluster
let seen: Seen[]
let server: Server
const sockets = new Set<TLSSocket>()
beforeEach(async () => {
  clock = createManualClock()
  cluster = await startCluster({ nodes: 1, podsPerNode: 1, clock })
  seen = []
})
afterEach(async () => {
  await cluster.stop()
  for (const socket of sockets) socket.destroy()
  if (server.listening) await new Promise((resolve) => server.close(resolve))
})
afterAll(() => sockets.clear())

/** A backend that notes what it is asked and answers 200, packed when it may. */
async function backend(protocol: 'h2' | 'http/1.1' = 'h2'): Promise<number> {
  const options = { cert: pair.certPem, key: pair.keyPem, requestCert: true, rejectUnauthorized: false }
  server = protocol === 'h2' ? http2.createSecureServer(options) : https.createServer(options)
  server.on('secureConnection', (socket: TLSSocket) => sockets.add(socket))
  server.on('request', (incoming: unknown, outgoing: unknown) => {
    const request = incoming as IncomingMessage & { stream?: { session?: { socket: TLSSocket } } }
    const response = outgoing as ServerResponse
    const socket = request.stream?.session?.socket ?? (request.socket as TLSSocket)
    const { rawHeaders, httpVersion, url = '' } = request
    seen.push({ raw: rawHeaders, httpVersion, path: url, issuer: socket.getPeerCertificate().issuer })
    const packed = /gzip/.test(String(request.headers['accept-encoding']))
    response.writeHead(200, { 'Content-Type': 'application/json', ...(packed && { 'Content-Encoding': 'gzip' }) })
    response.end(packed ? gzipSync('{}') : '{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const ask = (path: string, headers: Record<string, string> = {}) => {
  const { viewer, cluster: authority } = cluster.authorities
  const credentials = { ca: authority.certPem, cert: viewer.certPem, key: viewer.keyPem }
  return httpsGet(`${cluster.apiserver.url}${path}`, { ...credentials, headers })
}

/** Values of a header, one for each time it came. */
const values = (request: Seen | undefined, name: string) =>
  (request?.raw ?? []).filter((_, i, raw) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)

const condition = () => {
  const [service] = cluster.registry.list('apiservices')
  const { conditions } = service?.status as { conditions: readonly { status: string; reason: string }[] }
  return conditions[0]
}

describe('the simulated aggregation layer', () => {
  it.each([
    ['HTTP/2 where the server speaks it', 'h2', '2.0'],
    ['HTTP/1.1 where it does not', 'http/1.1', '1.1'],
  ] as const)('passes requests on over %s, saying who asks in one header each', async (_, protocol, version) => {
    await cluster.registerMetricsServer({ port: await backend(protocol), caPem })
    const { status } = await ask(`${PODS}?limit=5`, { 'x-remote-group': 'system:masters', 'x-custom': 'kept' })
    const request = seen.at(-1)
    expect(status).toBe(200)
    expect(request).toMatchObject({ path: `${PODS}?limit=5`, httpVersion: version, issuer: { CN: 'front-proxy-ca' } })
    expect(values(request, 'x-remote-user')).toEqual(['viewer'])
    expect(values(request, 'x-remote-group')).toEqual(['viewers', 'system:authenticated'])
    expect(values(request, 'x-custom')).toEqual(['kept'])
    expect(values(request, 'x-forwarded-uri')).toEqual([PODS])
    expect(values(request, 'authorization')).toEqual([])
  })

  it('unpacks what the caller did not ask to have packed', async () => {
    await cluster.registerMetricsServer({ port: await backend(), caPem })
    const plain = await ask(PODS)
    expect([plain.headers['content-encoding'], plain.body]).toEqual([undefined, '{}'])
    expect((await ask(PODS, { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBe('gzip')
  })

  it.each([
    ['an end in the last DATA frame', (stream: http2.ServerHttp2Stream, body: string) => stream.end(body), 0],
    [
      'an end in a frame of its own',
      (stream: http2.ServerHttp2Stream, body: string) => stream.write(body, () => setTimeout(() => stream.end(), 20)),
      10,
    ],
  ] as const)('counts requests as aborted whose client has left before the answer ended: %s', async (_, send, aborts) => {
    const port = await backend()
    server.removeAllListeners('request')
    server.on('stream', (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200, 'content-length': 5000 })
      send(stream, 'x'.repeat(5000))
    })
    await cluster.registerMetricsServer({ port, caPem })
    for (let i = 0; i < 10; i++) expect((await ask(PODS)).bytes).toHaveLength(5000)
    expect(cluster.aggregator.aborts).toBe(aborts)
  })

  it('keeps asking whether the server is there, as the aggregator', async () => {
    await cluster.registerMetricsServer({ port: await backend(), caPem })
    expect(condition()).toMatchObject({ status: 'True', reason: 'Passed' })
    expect(values(seen[0], 'x-remote-user')).toEqual(['system:kube-aggregator'])
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    await clock.advance(2000)
    await expect.poll(() => condition()).toMatchObject({ status: 'False', reason: 'FailedDiscoveryCheck' })
    expect((await ask(PODS)).status).toBe(503)
  })

  it('does not trust a server whose certificate another CA signed', async () => {
    const other = await createAuthority('other-ca')
    await cluster.registerMetricsServer({ port: await backend(), caPem: other.certPem })
    expect(condition()).toMatchObject({ status: 'False' })
    expect(seen).toEqual([])
  })

  it('shows the certificate of the new front-proxy CA after a rotation, and publishes the CA', async () => {
    await cluster.registerMetricsServer({ port: await backend(), caPem })
    const before = cluster.registry.list('configmaps')[0]?.metadata.resourceVersion
    const { caPem: nextCa } = await cluster.rotateFrontProxy()
    const [configMap] = cluster.registry.list('configmaps')
    expect(configMap?.data).toMatchObject({ 'requestheader-client-ca-file': nextCa })
    expect(Number(configMap?.metadata.resourceVersion)).toBeGreaterThan(Number(before))
    expect((await ask(PODS)).status).toBe(200)
  })
})
