import https from 'node:https'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { type ServerProcess, startServer, until } from './server-process.ts'

/** What is learned of readiness takes effect after this. */
const LAG_MS = 300
const DELAY = '--shutdown-delay-duration=1s'
const AUTOSCALERS = 4

let cluster: Cluster
let balancer: Balancer
const servers: ServerProcess[] = []
beforeEach(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 5 })
  balancer = await startBalancer(LAG_MS)
})
afterEach(async () => {
  await balancer.stop()
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await cluster.stop()
})

async function startReplica(flags: readonly string[]): Promise<ServerProcess> {
  const server = await startServer(cluster, [DELAY, ...flags])
  servers.push(server)
  const isReady = async () => (await server.get('/readyz')).status === 200
  balancer.add({ port: server.port, isReady })
  await until(isReady, Boolean, 20_000)
  await new Promise((resolve) => setTimeout(resolve, LAG_MS + 300))
  return server
}

/** Autoscalers that ask the apiserver for the pods of a namespace, each the next time as soon as it has an answer. */
function startAutoscalers(namespace: string) {
  const { hostname: host, port } = new URL(cluster.apiserver.url)
  const agent = new https.Agent({ keepAlive: true, ca: cluster.authorities.cluster.certPem })
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`
  const headers = { authorization: `Bearer ${cluster.access.hpaToken}` }
  const failures: string[] = []
  let answered = 0
  let running = true
  const ask = () =>
    new Promise<string>((resolve) => {
      const request = https.get({ host, port, path, headers, agent, timeout: 20_000 }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('error', (error) => resolve(`broken off: ${error.message}`))
        response.on('end', () => resolve(response.statusCode === 200 ? body : `${response.statusCode}: ${body}`))
      })
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')))
      request.on('error', (error) => resolve(error.message))
    })
  const loop = async () => {
    while (running) {
      const body = await ask()
      if (body.startsWith('{') && body.includes('"items":[{')) answered++
      else failures.push(body.slice(0, 300))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const loops = Array.from({ length: AUTOSCALERS }, loop)
  return {
    failures,
    answered: () => answered,
    async stop() {
      running = false
      await Promise.all(loops)
      agent.destroy()
    },
  }
}

describe('a rolling restart of two replicas behind a balancer', () => {
  it.each([
    ['HTTP/2', []],
    ['HTTP/1.1', ['--disable-http2-serving']],
  ])('over %s loses no request', { timeout: 90_000 }, async (_, flags) => {
    const old = await Promise.all([startReplica(flags), startReplica(flags)])
    await cluster.registerMetricsServer({ port: balancer.port })
    const [pod] = cluster.world.pods
    const autoscalers = startAutoscalers(pod?.namespace ?? '')
    for (const server of old) {
      await startReplica(flags)
      server.signal('SIGTERM')
      expect(await server.exited()).toBe(0)
    }
    const before = autoscalers.answered()
    await until(
      async () => autoscalers.answered(),
      (answered) => answered > before + 50,
    )
    await autoscalers.stop()
    expect(autoscalers.failures).toEqual([])
    expect(autoscalers.answered()).toBeGreaterThan(200)
    expect(balancer.refused()).toBe(0)
  })
})
