import https from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type ServerProcess, startServer, until } from './server-process.ts'

const API = '/apis/metrics.k8s.io/v1beta1'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const CLIENTS = 4

let cluster: Cluster
let server: ServerProcess
beforeEach(async () => {
  cluster = await startCluster({ nodes: 4, podsPerNode: 100 })
  server = await startServer(cluster, [])
  await until(
    () => server.names('pods'),
    // All but those of a crash loop that have just begun anew.
    (names) => names.length >= 360,
  )
  await cluster.registerMetricsServer({ port: server.port })
})
afterEach(async () => {
  await server.stop()
  await cluster.stop()
})

describe('a list through the aggregation layer', () => {
  it('has ended when a client has its last byte, 1000 times, so that no request is logged as aborted', async () => {
    const { hostname: host, port } = new URL(cluster.apiserver.url)
    const { admin, cluster: ca } = cluster.authorities
    const agent = new https.Agent({ keepAlive: true, ca: ca.certPem, cert: admin.certPem, key: admin.keyPem })
    const bytes = (path: string, accept: string) =>
      new Promise<number>((resolve, reject) => {
        // What the caller takes packed is passed on as it is.
        const headers = { accept, 'accept-encoding': accept === PROTOBUF ? 'identity' : 'gzip' }
        const request = https.get({ host, port, path: `${API}${path}`, headers, agent }, (response) => {
          let length = 0
          response.on('data', (chunk: Buffer) => (length += chunk.length))
          response.on('end', () => (response.statusCode === 200 ? resolve(length) : reject(response.statusCode)))
        })
        request.on('error', reject)
      })
    let left = 1000
    const smallest = new Map<string, number>()
    const client = async () => {
      while (left-- > 0) {
        const path = ['/pods', '/nodes', '/namespaces/default/pods'][left % 3] ?? ''
        const accept = left % 2 === 0 ? PROTOBUF : 'application/json'
        const length = await bytes(path, accept)
        smallest.set(path, Math.min(length, smallest.get(path) ?? length))
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, client))
    agent.destroy()
    expect(smallest.get('/pods')).toBeGreaterThan(4096)
    expect(cluster.aggregator.aborts).toBe(0)
  }, 60_000)
})
