import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { FRONT_PROXY_NAME } from '../../sim/access/authorities.ts'
import { autoscalerObject } from '../../sim/apiserver/autoscaler.ts'
import { rfc3339 } from '../../sim/apiserver/objects.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type ServerProcess, startServer, until } from '../system/server-process.ts'
import { diagnose } from './doctor-fixture.ts'

const DOWN = 'node-03'

let cluster: Cluster
let server: ServerProcess
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, podsPerNode: 2 })
  await cluster.kubelets.get(DOWN)?.setFault({ kind: 'refuse' })
  server = await startServer(cluster)
  await until(
    () => server.names('pods'),
    (names) => names.length === 4,
  )
  await cluster.registerMetricsServer({ port: server.port })
}, 40_000)
afterAll(async () => {
  await server.stop()
  await cluster.stop()
})

/** A pod that the apiserver knows as running, and no kubelet. */
function ghost(name: string, nodeName: string, ageMs: number): void {
  const creationTimestamp = rfc3339(Date.now() - ageMs)
  cluster.registry.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, creationTimestamp },
    spec: { nodeName, containers: [] },
    status: { phase: 'Running' },
  })
}
const gone = (name: string) => cluster.registry.delete('pods', `default/${name}`)

describe('what is served', () => {
  it('is reported of each node, but the one that is down', async () => {
    const { check } = await diagnose(cluster)
    expect(check('metrics-api').status).toBe('ok')
    expect(check('samples')).toMatchObject({ status: 'ok', message: 'usage of 2 nodes is served' })
    expect(check('node-sample', 'node-01')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^last sample -?\d+\.\d s old, window \S+s$/),
    })
    expect(check('node-sample', DOWN)).toMatchObject({
      status: 'note',
      message: 'no usage of it is served; that follows from node-tcp',
    })
  })

  it('lacks the pods of a node that is down, which is the one cause', async () => {
    const { code, check, report } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(check('pods')).toMatchObject({ status: 'failed', message: '2 of 6 running pods have no metrics' })
    const tcp = { check: 'node-tcp', subject: DOWN }
    expect(check('node-pods', DOWN)).toMatchObject({
      status: 'note',
      count: 2,
      message: '2 running pods have no metrics; that follows from node-tcp',
      causedBy: [tcp],
    })
    expect(check('pods').causedBy).toEqual([tcp])
    expect(report.problems).toMatchObject([
      { check: 'node-tcp', subjects: [DOWN], consequences: { nodes: 1, pods: 2, failed: [], skipped: [] } },
    ])
  })

  it('is complete where only the nodes that are well are selected', async () => {
    const { check, code } = await diagnose(cluster, ['--node-selector=kubernetes.io/hostname in (node-01, node-02)'])
    expect(check('pods')).toMatchObject({ status: 'ok', message: '4 are running, all have metrics' })
    expect(code).toBe(0)
  })

  it('lacks a pod that its kubelet does not report', async () => {
    ghost('lost', 'node-01', 3_600_000)
    const { check } = await diagnose(cluster)
    gone('lost')
    expect(check('pod', 'default/lost')).toMatchObject({
      status: 'failed',
      message: 'no metrics: the kubelet of its node node-01 does not report it',
      remedy: expect.stringContaining('container runtime'),
    })
  })

  it('lacks a pod of a node that is not scraped', async () => {
    ghost('elsewhere', 'node-99', 3_600_000)
    const { check } = await diagnose(cluster)
    gone('elsewhere')
    expect(check('pod', 'default/elsewhere').message).toContain('on node node-99, which the server does not scrape')
  })

  it('may lack a pod that has just started', async () => {
    ghost('fresh', 'node-01', 1000)
    const { check } = await diagnose(cluster, ['--node-selector=kubernetes.io/hostname=node-01'])
    gone('fresh')
    expect(check('pods')).toMatchObject({ status: 'ok', message: expect.stringContaining('1 just started') })
  })

  it('is counted in full when much is missing, and explained in part', async () => {
    for (let i = 0; i < 12; i++) ghost(`lost-${i}`, 'node-01', 3_600_000)
    const { check, report } = await diagnose(cluster)
    for (let i = 0; i < 12; i++) gone(`lost-${i}`)
    expect(check('pods').message).toBe(
      '14 of 18 running pods have no metrics; of the 12 on nodes that are well, the first 10 were looked into',
    )
    expect(report.steps.filter(({ check }) => check === 'pod')).toHaveLength(10)
  })
})

describe('a server that does not believe the front proxy', () => {
  it('is reported as that, and what it serves is not checked', async () => {
    const stranger = await createAuthority('another-front-proxy-ca')
    const client = await stranger.issue({ commonName: FRONT_PROXY_NAME, usage: 'client' })
    await cluster.aggregator.setFrontProxy({ caPem: stranger.certPem, client })
    await cluster.aggregator.check()
    const { code, check } = await diagnose(cluster)
    // Written into the configmap too, so that the server believes it.
    await cluster.rotateFrontProxy()
    await until(
      async () => (await diagnose(cluster)).check('metrics-api').status,
      (status) => status === 'ok',
    )
    expect(code).toBe(1)
    expect(check('apiservice')).toMatchObject({ status: 'failed', message: expect.stringContaining('bad status') })
    expect(check('metrics-api')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/answered 40[13]/),
      remedy: expect.stringContaining('see front-proxy'),
    })
    expect(check('samples').status).toBe('skipped')
    expect(check('pods').status).toBe('skipped')
  })
})

describe('autoscalers', () => {
  const active = (reason: string, message: string) =>
    [{ type: 'ScalingActive', status: 'False', reason, message }] as const
  const put = (name: string, ...conditions: Parameters<typeof autoscalerObject>[2]) =>
    cluster.registry.put('horizontalpodautoscalers', autoscalerObject('shop', name, conditions, Date.now()))

  it('are well as long as none says otherwise', async () => {
    put('fine', { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: '' })
    put('asleep', ...active('ScalingDisabled', 'the replica count of the target is zero'))
    const { check } = await diagnose(cluster)
    expect(check('autoscalers')).toMatchObject({ status: 'ok' })
  })

  it.each([
    ['FailedGetResourceMetric', 'unable to get metrics for resource cpu: no metrics returned', /See pods/],
    ['FailedGetResourceMetric', 'missing request for cpu in container web of Pod web-1', /resources\.requests/],
    ['FailedGetContainerResourceMetric', 'container web not present in metrics for pod', /See pods/],
    ['AmbiguousSelector', 'pods by selector app=web are controlled by multiple HPAs', /same pods/],
  ])('that cannot read their metric (%s: %s) are reported', async (reason, message, remedy) => {
    put('web', ...active(reason, message))
    const { code, check } = await diagnose(cluster)
    cluster.registry.delete('horizontalpodautoscalers', 'shop/web')
    expect(code).toBe(1)
    expect(check('autoscaler', 'shop/web')).toMatchObject({
      status: 'failed',
      message: `ScalingActive is False, ${reason}: ${message}`,
      remedy: expect.stringMatching(remedy),
    })
  })

  it('that lack their target are reported', async () => {
    put('web', {
      type: 'AbleToScale',
      status: 'False',
      reason: 'FailedGetScale',
      message: 'deployments "web" not found',
    })
    const { check } = await diagnose(cluster)
    cluster.registry.delete('horizontalpodautoscalers', 'shop/web')
    expect(check('autoscaler')).toMatchObject({ status: 'failed', message: expect.stringContaining('FailedGetScale') })
  })

  it("that lack somebody else's metric are noted", async () => {
    put('queue', ...active('FailedGetExternalMetric', 'unable to get external metric'))
    const { check } = await diagnose(cluster)
    cluster.registry.delete('horizontalpodautoscalers', 'shop/queue')
    expect(check('autoscaler')).toMatchObject({ status: 'note' })
  })
})
