import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { autoscalerObject } from '../../sim/apiserver/autoscaler.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { createGnosticReader } from '../support/gnostic-protobuf.ts'
import { httpsGet } from './https-get.ts'

let cluster: Cluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
})
afterEach(() => cluster.stop())

function fetched(path: string, headers: Readonly<Record<string, string>> = {}) {
  const { admin, cluster: authority } = cluster.authorities
  const connection = { ca: authority.certPem, cert: admin.certPem, key: admin.keyPem, headers }
  return httpsGet(`${cluster.apiserver.url}${path}`, connection)
}

async function get(path: string) {
  const { status, body } = await fetched(path)
  return { status, object: JSON.parse(body) }
}

describe('the simulated cluster', () => {
  it('has the Service, and an endpoint once a server is registered', async () => {
    const slices = '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices'
    expect((await get('/api/v1/namespaces/kube-system/services/metrics-server')).status).toBe(200)
    expect((await get(slices)).object.items).toEqual([])
    await cluster.registerMetricsServer({ port: 1 })
    const { items } = (await get(`${slices}?labelSelector=kubernetes.io/service-name%3Dmetrics-server`)).object
    expect(items[0].endpoints[0]).toMatchObject({ addresses: ['127.0.0.1'], conditions: { ready: true } })
  })

  it('serves autoscalers in version 2 of their group, as discovery says', async () => {
    cluster.registry.put('horizontalpodautoscalers', autoscalerObject('shop', 'web', [], 0))
    expect((await get('/apis/autoscaling')).object.preferredVersion.groupVersion).toBe('autoscaling/v2')
    expect((await get('/apis/autoscaling/v2')).object.resources[0].name).toBe('horizontalpodautoscalers')
    expect((await get('/apis/autoscaling/v2/horizontalpodautoscalers')).object).toMatchObject({
      apiVersion: 'autoscaling/v2',
      items: [{ metadata: { name: 'web' } }],
    })
  })

  it.each([
    [
      'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    ],
    ['application/json', 'application/json'],
  ])('describes itself in OpenAPI v2 as %s', async (accept, contentType) => {
    const { headers, bytes, body } = await fetched('/openapi/v2', { accept })
    expect(headers['content-type']).toBe(contentType)
    const document = accept === 'application/json' ? JSON.parse(body) : createGnosticReader('v2')(bytes)
    expect(document).toMatchObject({ swagger: '2.0', info: { title: 'Simulated Kubernetes' } })
  })

  it('says how much swap a node has, and nothing of a node that has none', async () => {
    expect((await get('/api/v1/nodes/node-01')).object.status.nodeInfo).not.toHaveProperty('swap')
    await cluster.stop()
    cluster = await startCluster({ nodes: 1, podsPerNode: 1, swapBytes: 2 ** 30 })
    const { swap } = (await get('/api/v1/nodes/node-01')).object.status.nodeInfo
    expect(swap).toEqual({ capacity: 2 ** 30 })
  })

  it('takes one right away, and no other', () => {
    const who = { name: SERVER_USER, uid: undefined, groups: [], extra: new Map() }
    const may = (verb: string, resource: string) =>
      cluster.access.allows(who, {
        ...{ kind: 'resource', verb, resource, group: '', version: 'v1', subresource: '', namespace: '', name: '' },
      })
    cluster.access.deny(SERVER_USER, 'watch', 'nodes')
    expect(may('watch', 'nodes')).toBe(false)
    expect([may('list', 'nodes'), may('watch', 'pods'), may('list', 'pods')]).toEqual([true, true, true])
  })
})
