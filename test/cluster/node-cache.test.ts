import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNodeCache, decodeNode, type NodeChange, type NodeCache } from '../../src/cluster/node-cache.ts'
import type { FakeCollection } from '../support/fake-collection.ts'
import { type ClusterFixture, startClusterFixture } from './cluster-fixture.ts'

const node = (name: string, ip = '10.0.0.1', uid = `uid-${name}`, heartbeat = 0) => ({
  metadata: { name, uid, labels: { zone: 'z1' }, annotations: {} },
  status: {
    addresses: [{ type: 'InternalIP', address: ip }],
    conditions: [{ type: 'Ready', heartbeat }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  },
})

describe('a node cache', () => {
  let cluster: ClusterFixture
  let nodes: FakeCollection
  let index: NodeCache
  let changes: string[]

  const wordFor = (change: NodeChange) => {
    if (change.added) return `+${change.added.name}`
    if (change.removed) return `-${change.removed.name}`
    return `${change.replaced?.before.uid}>${change.replaced?.after.uid}`
  }
  beforeEach(async () => {
    cluster = await startClusterFixture()
    nodes = cluster.apiserver.collection('/api/v1/nodes', 'Node')
    index = createNodeCache({ ...cluster.parts, labelSelector: 'role!=edge' })
    changes = []
    index.onChange((change) => changes.push(wordFor(change)))
  })
  afterEach(async () => {
    await index.stop()
    await cluster.close()
  })
  const startWatching = async () => {
    index.start()
    await cluster.until(() => expect(nodes.openWatches).toBe(1))
  }

  it('tells of nodes as they come, change and go, and keeps them in order', async () => {
    nodes.seed([node('b'), node('a')])
    await startWatching()
    nodes.put(node('ab'))
    nodes.put(node('a', '10.0.0.9'))
    nodes.delete('b')
    nodes.put(node('ab', '10.0.0.1', 'uid-new'))
    await cluster.until(() => expect(changes).toHaveLength(6))
    expect(changes).toEqual(['+a', '+b', '+ab', 'uid-a>uid-a', '-b', 'uid-ab>uid-new'])
    expect(index.all().map((one) => one.name)).toEqual(['a', 'ab'])
    expect(index.size).toBe(2)
    expect(index.get('a')?.addresses).toEqual([{ type: 'InternalIP', address: '10.0.0.9' }])
    expect(index.get('b')).toBeUndefined()
  })

  it('does not tell of heartbeats, and keeps the array', async () => {
    nodes.seed([node('a')])
    await startWatching()
    const before = index.all()
    nodes.put(node('a', '10.0.0.1', 'uid-a', 1))
    nodes.put(node('b'))
    await cluster.until(() => expect(index.size).toBe(2))
    expect(changes).toEqual(['+a', '+b'])
    expect(before.map((one) => one.name)).toEqual(['a'])
  })

  it('tells what happened between two lists', async () => {
    nodes.seed([node('a'), node('b'), node('c')])
    await startWatching()
    await cluster.clock.advance(2000)
    changes.length = 0
    nodes.seed([node('b'), node('c', '10.0.0.3'), node('d')])
    nodes.compact()
    nodes.endWatches('close')
    await cluster.inTime(() => expect(index.get('d')).toBeDefined())
    expect(changes).toEqual(['uid-c>uid-c', '+d', '-a'])
    expect(index.all().map((one) => one.name)).toEqual(['b', 'c', 'd'])
  })

  it('asks for the nodes of its selector only, in list and watch', async () => {
    await startWatching()
    expect(cluster.apiserver.requests.map((one) => one.query.get('labelSelector'))).toEqual([
      'role!=edge',
      'role!=edge',
    ])
  })

  it('a listener that has gone hears nothing more', async () => {
    const heard: NodeChange[] = []
    const leave = index.onChange((change) => heard.push(change))
    nodes.seed([node('a')])
    await startWatching()
    leave()
    nodes.put(node('b'))
    await cluster.until(() => expect(index.size).toBe(2))
    expect(heard).toHaveLength(1)
  })
})

describe('decoding a node', () => {
  it('keeps what reaches its kubelet', () => {
    const object = {
      metadata: { name: 'n', uid: 'u', annotations: { 'metrics.k8s.io/resource-metrics-path': '/metrics/x' } },
      status: {
        addresses: [{ type: 'Hostname', address: 'n.example' }, { type: 'InternalIP' }, null],
        capacity: { cpu: '3500m', memory: '16Gi', pods: '110' },
      },
    }
    expect(decodeNode(object)).toEqual({
      name: 'n',
      uid: 'u',
      labels: [],
      addresses: [{ type: 'Hostname', address: 'n.example' }],
      kubeletPort: undefined,
      resourceMetricsPath: '/metrics/x',
      capacity: { cpuNanocores: 3.5e9, memoryBytes: 2 ** 34 },
    })
  })

  it.each([
    [undefined],
    [{}],
    [{ cpu: '0', memory: 'much' }],
    [{ cpu: -4, memory: '1e999' }],
    ['4'],
  ])('a capacity of %j says nothing', (capacity) => {
    const nothing = { cpuNanocores: undefined, memoryBytes: undefined }
    expect(decodeNode({ metadata: { name: 'n' }, status: { capacity } })?.capacity).toEqual(nothing)
  })

  it.each([
    ['null', null],
    ['a string', 'node'],
    ['no metadata', {}],
    ['a name that is no string', { metadata: { name: 1 } }],
    ['an empty name', { metadata: { name: '' } }],
  ])('%s is none', (_name, object) => expect(decodeNode(object)).toBeUndefined())

  it.each([
    [10250, 10250],
    [0, undefined],
    [65536, undefined],
    [1.5, undefined],
    ['10250', undefined],
  ])('port %s is taken as %s', (Port, expected) => {
    const object = { metadata: { name: 'n' }, status: { daemonEndpoints: { kubeletEndpoint: { Port } } } }
    expect(decodeNode(object)?.kubeletPort).toBe(expected)
  })
})
