import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
    const { code, step } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(step('apiservice')).toMatchObject({
      status: 'failed',
      subject: 'v1beta1.metrics.k8s.io',
      message: 'there is none',
      remedy: expect.stringContaining('manifests'),
    })
    expect(step('metrics-api')).toMatchObject({ status: 'failed', message: 'there is none' })
  })

  it('breaks when nobody answers: the message of the condition is told', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const { code, step } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(step('apiservice')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /Available is False, FailedDiscoveryCheck: failing or missing response .*ECONNREFUSED/,
      ),
      remedy: expect.stringContaining('--secure-port'),
    })
    expect(step('metrics-api')).toMatchObject({ status: 'failed', message: expect.stringContaining('503') })
    expect(step('samples')).toMatchObject({ status: 'skipped', remedy: 'see metrics-api' })
    expect(step('pods')).toMatchObject({ status: 'skipped', remedy: 'see metrics-api' })
  })

  it('needs the Service', async () => {
    cluster.registry.delete('services', SERVICE)
    await cluster.registerMetricsServer({ port: await freePort() })
    const { step } = await diagnose(cluster)
    expect(step('apiservice')).toMatchObject({ message: expect.stringContaining('ServiceNotFound') })
    expect(step('service', SERVICE)).toMatchObject({ status: 'failed', message: 'there is none' })
  })

  it('needs the port that the APIService names', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const service = serviceObject(0)
    cluster.registry.put('services', { ...service, spec: { ports: [{ port: 8443 }] } })
    const { step } = await diagnose(cluster)
    expect(step('service')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/443, the Service has 8443/),
    })
  })

  it.each([
    ['none', [], 'there are none'],
    ['one that is not ready', [{ address: '10.0.0.7', ready: false }], 'none is ready, 1 are not: 10.0.0.7'],
  ])('needs endpoints: %s', async (_, endpoints, says) => {
    await cluster.registerMetricsServer({ port: await freePort() })
    cluster.registry.put('endpointslices', endpointSliceObject(endpoints, 10250, 0))
    await cluster.aggregator.check()
    const { code, step } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(step('apiservice')).toMatchObject({ message: expect.stringContaining('MissingEndpoints') })
    expect(step('service').status).toBe('ok')
    expect(step('endpoints')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(says),
      remedy: expect.stringContaining('kubectl -n kube-system get pods -l k8s-app=metrics-server'),
    })
  })

  it('cannot be looked at without the rights, which is no fault of its', async () => {
    await cluster.registerMetricsServer({ port: await freePort() })
    const { step } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    for (const check of ['apiservice', 'service', 'endpoints', 'autoscalers']) {
      expect(step(check)).toMatchObject({ status: 'skipped', remedy: expect.stringContaining('manifests/doctor') })
    }
  })
})
