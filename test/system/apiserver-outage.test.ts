import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import type { SimPod } from '../../sim/world/things.ts'
import { phaseAt } from '../../sim/world/truth.ts'
import { type ServerProcess, startServer, until, untilReady } from './server-process.ts'

let cluster: Cluster
let server: ServerProcess

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, podsPerNode: 4 })
  server = await startServer(cluster)
  await untilReady(server)
  await until(
    () => server.names('pods'),
    (names) => names.length === running().length,
  )
})
afterAll(async () => {
  await server.stop()
  await cluster.stop()
})

const keyOf = (pod: SimPod) => `${pod.namespace}/${pod.name}`
const running = () => {
  const now = cluster.world.nowMs()
  return [...cluster.world.pods]
    .filter((pod) => phaseAt(pod, now) === 'Running')
    .map(keyOf)
    .sort()
}

/** Another pod with the load of one that is there. */
function addPodLike(pod: SimPod, name: string): SimPod {
  const { namespace, nodeName, labels, containers } = pod
  const templates = containers.map((container) => ({ ...container }))
  return cluster.world.addPod({ namespace, nodeName, labels, containers: templates, name })
}

const timestamps = async () => {
  const { items } = JSON.parse((await server.get('/apis/metrics.k8s.io/v1beta1/pods')).body) as {
    items: { timestamp: string }[]
  }
  return items.map(({ timestamp }) => timestamp)
}

describe('an apiserver that goes away and comes back', () => {
  it('leaves metrics being served, and being renewed', { timeout: 40_000 }, async () => {
    const before = running()
    await cluster.apiserver.goAway()
    const at = new Date().toISOString()
    expect(await server.names('pods')).toEqual(before)
    await until(timestamps, (all) => all.length === before.length && all.every((time) => time > at), 30_000)
    await until(
      async () => server.log(),
      (log) => /^E.*fault="watch nodes"/m.test(log),
      30_000,
    )
    expect((await server.get('/readyz')).status).toBe(200)
    expect((await server.get('/livez')).status).toBe(200)
    expect(await server.names('nodes')).toHaveLength(3)
  })

  it('loses nothing of what happened meanwhile', { timeout: 60_000 }, async () => {
    const [first, second] = [...cluster.world.pods]
    if (first === undefined || second === undefined) throw new Error('the cluster has no pods')
    addPodLike(first, 'came-meanwhile')
    cluster.world.deletePod(second)
    await cluster.addNode({ ...nodeLike('node-01'), name: 'node-99', kubeletPort: undefined })
    await cluster.apiserver.comeBack()
    const isThere = (names: string[]) => names.includes('node-99')
    await until(() => server.names('nodes'), isThere, 45_000)
    const known = (names: string[]) =>
      names.includes(`${first.namespace}/came-meanwhile`) && !names.includes(keyOf(second))
    await until(() => server.names('pods'), known, 45_000)
    expect(server.log()).toMatch(/"Recovered" fault="watch nodes"/)
  })

  it('that only breaks its watches off is not even a fault', async () => {
    const faultsBefore = server
      .log()
      .split('\n')
      .filter((line) => line.startsWith('E')).length
    cluster.apiserver.dropWatches()
    const [pod] = [...cluster.world.pods]
    if (pod === undefined) throw new Error('the cluster has no pods')
    addPodLike(pod, 'came-after')
    const asked = () => server.get(`/apis/metrics.k8s.io/v1beta1/namespaces/${pod.namespace}/pods/came-after`)
    await until(asked, ({ body }) => body.includes('"kind"'), 30_000)
    expect(
      server
        .log()
        .split('\n')
        .filter((line) => line.startsWith('E')),
    ).toHaveLength(faultsBefore)
  })
})

function nodeLike(name: string) {
  const node = cluster.world.nodes.get(name)
  if (node === undefined) throw new Error(`no node ${name}`)
  return node
}
