import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type ServerProcess, startServer, until, untilReady } from './server-process.ts'

let cluster: Cluster
let server: ServerProcess | undefined

beforeEach(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 3 })
})
afterEach(async () => {
  await server?.stop()
  await cluster.stop()
})

const ready = (running: ServerProcess) => untilReady(running, 30_000)

describe('a start', () => {
  it('without an apiserver waits for it, says so, and comes up with it', { timeout: 60_000 }, async () => {
    await cluster.apiserver.goAway()
    const running = await startServer(cluster)
    server = running
    await until(
      () => running.get('/livez'),
      ({ status }) => status === 200,
    )
    expect((await running.get('/readyz')).status).toBe(500)
    await until(
      async () => running.log(),
      (log) => /^E.*fault="watch nodes"/m.test(log),
    )
    await cluster.apiserver.comeBack()
    await ready(running)
    expect(await running.names('nodes')).toEqual(['node-01', 'node-02'])
  })

  it('is not ready while nobody is known to be the front proxy', { timeout: 60_000 }, async () => {
    const key = 'kube-system/extension-apiserver-authentication'
    const configMap = cluster.registry.get('configmaps', key)
    if (configMap === undefined) throw new Error('the cluster has no authentication configmap')
    cluster.registry.delete('configmaps', key)
    const running = await startServer(cluster)
    server = running
    const failing = (body: string) => body.split('\n').filter((line) => line.startsWith('[-]'))
    await until(
      async () => failing((await running.get('/readyz')).body),
      (lines) => lines.join() === '[-]authentication-config-sync failed: reason withheld',
    )
    cluster.registry.put('configmaps', configMap)
    await ready(running)
  })

  it('serves every node before it would be scraped a second time in its turn', async () => {
    server = await startServer(cluster, ['--metric-resolution=10m'])
    await until(server.names.bind(server, 'nodes'), (names) => names.length === 2)
  })
})

describe('a stop', () => {
  it('fails readiness at once, serves on for the delay, and ends with 0', async () => {
    const running = await startServer(cluster, ['--shutdown-delay-duration=1s'])
    server = running
    await ready(running)
    running.signal('SIGTERM')
    await until(
      () => running.get('/readyz'),
      ({ status }) => status === 500,
      900,
    )
    expect((await running.get('/apis/metrics.k8s.io/v1beta1/nodes')).status).toBe(200)
    expect(await running.exited()).toBe(0)
  })

  it('answers what is in flight', async () => {
    const running = await startServer(cluster)
    server = running
    await ready(running)
    const asked = Array.from({ length: 50 }, () => running.get('/openapi/v2'))
    await until(
      () => running.get('/livez'),
      ({ status }) => status === 200,
    )
    running.signal('SIGTERM')
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 200))
    expect(await running.exited()).toBe(0)
  })
})
