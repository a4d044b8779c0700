import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { apiServiceObject } from '../../sim/apiserver/objects.ts'
import { endpointSliceObject, serviceObject } from '../../sim/apiserver/service.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { freePort } from '../../sim/server-process.ts'
import { diagnose } from './doctor-fixture.ts'

const SERVICE = 'kube-system/metrics-server'

let cluster: Cluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
})
afterEach(() => cluster.stop())

describe('the way from the apiserver to the server', () => {
  it('begins with an APIService, which may be missing', async () => {
    const { code, check, report } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(check('apiservice')).toMatchObject({
      status: 'failed',
      subject: 'v1beta1.metrics.k8s.io',
      message: 'APIService v1beta1.metrics.k8s.io does not exist',
      remedy: expect.stringContaining('manifests'),
    })
    const causedBy = [{ check: 'apiservice', subject: 'v1beta1.metrics.k8s.io' }]
    expect(check('metrics-api')).toMatchObject({ status: 'failed', message: 'the apiserver has no such API', causedBy })
    expect(check('endpoints')).toMatchObject({ status: 'failed', causedBy })
    expect(report.problems).toMatchObject([
      { check: 'apiservice', consequences: { failed: ['metrics-api', 'endpoints'], skipped: ['samples', 'pods'] } },
    ])
  })

  it('breaks when no server answers: the message of the condition is reported', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const { code, check } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(check('apiservice')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /Available is False, FailedDiscoveryCheck: failing or missing response .*ECONNREFUSED/,
      ),
      remedy: expect.stringContaining('--secure-port'),
    })
    expect(check('metrics-api')).toMatchObject({ status: 'failed', message: expect.stringContaining('503') })
    expect(check('samples')).toMatchObject({ status: 'skipped', remedy: 'see metrics-api' })
    expect(check('pods')).toMatchObject({ status: 'skipped', remedy: 'see metrics-api' })
  })

  it('needs the Service', async () => {
    cluster.registry.delete('services', SERVICE)
    await cluster.registerMetricsServer({ port: await freePort() })
    const { check, report } = await diagnose(cluster)
    expect(check('apiservice')).toMatchObject({ message: expect.stringContaining('ServiceNotFound') })
    expect(check('service', SERVICE)).toMatchObject({
      status: 'failed',
      message: 'Service kube-system/metrics-server does not exist',
    })
    expect(report.problems.map((problem) => problem.check)).toEqual(['service'])
  })

  it('needs the port that the APIService names', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const service = serviceObject(0)
    cluster.registry.put('services', { ...service, spec: { ports: [{ port: 8443 }] } })
    const { check } = await diagnose(cluster)
    expect(check('service')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/443, the Service has 8443/),
    })
  })

  it.each([
    ['none', [], 'no pod stands behind the Service'],
    ['one that is not ready', [{ address: '10.0.0.7', ready: false }], 'none is ready, 1 are not: 10.0.0.7'],
  ])('needs endpoints: %s', async (_, endpoints, says) => {
    await cluster.registerMetricsServer({ port: await freePort() })
    cluster.registry.put('endpointslices', endpointSliceObject(endpoints, 10250, 0))
    await cluster.aggregator.check()
    const { code, check } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(check('apiservice')).toMatchObject({ message: expect.stringContaining('MissingEndpoints') })
    expect(check('service').status).toBe('ok')
    expect(check('endpoints')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(says),
      remedy: expect.stringContaining('kubectl -n kube-system get pods -l k8s-app=metrics-server'),
    })
  })

  it('cannot be checked without the rights, which is no fault of its', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const { check } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    for (const name of ['apiservice', 'service', 'endpoints', 'autoscalers']) {
      expect(check(name)).toMatchObject({ status: 'skipped', remedy: expect.stringContaining('manifests/doctor') })
    }
  })

  it('is well with a Service of type ExternalName, which has neither ports nor endpoints here', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const service = serviceObject(0)
    const spec = { type: 'ExternalName', externalName: 'metrics.example' }
    cluster.registry.put('services', { ...service, spec })
    cluster.registry.put('endpointslices', endpointSliceObject([], 10250, 0))
    const { check } = await diagnose(cluster)
    expect(check('service')).toMatchObject({ status: 'ok', message: 'ExternalName, metrics.example:443' })
    expect(check('endpoints')).toMatchObject({ status: 'ok', message: expect.stringContaining('not of this cluster') })
  })

  it('may lack a pod that gets ready for want of a right, which is the one cause', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    cluster.access.grant({ subjects: [SERVER_USER], verbs: ['get', 'list'], what: ['*'] })
    cluster.access.deny(SERVER_USER, 'watch', 'nodes')
    cluster.registry.put('endpointslices', endpointSliceObject([{ address: '10.0.0.7', ready: false }], 10250, 0))
    await cluster.aggregator.check()
    const { report } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    expect(report.problems).toMatchObject([
      {
        check: 'right',
        subjects: ['watch nodes'],
        consequences: { failed: ['apiservice', 'metrics-api', 'endpoints'], skipped: ['samples', 'pods'] },
      },
    ])
  })
})

describe('an API that another server has', () => {
  const given = (namespace: string, name: string, status: string) => {
    const available = { available: status === 'True', reason: 'Passed', message: 'all checks passed' }
    const object = apiServiceObject(available, 0, 0)
    const service = { namespace, name, port: 443 }
    cluster.registry.put('apiservices', { ...object, spec: { ...(object.spec as object), service } })
    cluster.registry.put('services', {
      ...serviceObject(0),
      metadata: { ...serviceObject(0).metadata, namespace, name },
    })
  }
  const readApiService = { subjects: [SERVER_USER], verbs: ['get'], what: ['apiservices.apiregistration.k8s.io'] }

  it.each(['True', 'False'])('is named with its namespace to the server in another one (Available: %s)', async (is) => {
    given('monitoring', 'prometheus-adapter', is)
    cluster.access.grant(readApiService)
    const { check } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    expect(check('apiservice')).toMatchObject({
      status: 'failed',
      reason: 'other-owner',
      message: expect.stringContaining('Service prometheus-adapter in namespace monitoring'),
      remedy: expect.stringContaining('namespace monitoring'),
    })
  })

  it('is noted where nothing says in which namespace this server is, and it works', async () => {
    given('monitoring', 'prometheus-adapter', 'True')
    expect((await diagnose(cluster)).check('apiservice')).toMatchObject({ status: 'note', reason: 'other-owner' })
    given('monitoring', 'prometheus-adapter', 'False')
    expect((await diagnose(cluster)).check('apiservice')).toMatchObject({ status: 'failed', reason: 'other-owner' })
    given('monitoring', 'my-metrics-server', 'True')
    expect((await diagnose(cluster)).check('apiservice')).toMatchObject({ status: 'ok' })
  })
})
