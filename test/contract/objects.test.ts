import { expect, it } from 'vitest'
import { contract } from './support/contract.ts'

const ROOT = '/apis/metrics.k8s.io/v1beta1'
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

const names = (list: { items: { metadata: { name: string } }[] }) => list.items.map((i) => i.metadata.name)

contract('objects and lists', ({ asAdmin, world }) => {
  it('gives a node with its labels and usage', async () => {
    const { status, headers, text } = await asAdmin(`${ROOT}/nodes/node-1`)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(text).toBe(
      '{"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"name":"node-1",' +
        '"creationTimestamp":"2026-01-01T12:00:00Z","labels":{"kubernetes.io/hostname":"node-1","zone":"a"}},' +
        '"timestamp":"2026-01-01T12:00:00Z","window":"15.022s","usage":{"cpu":"286455582n","memory":"2389352864"}}\n',
    )
  })

  it('gives a pod with its containers', async () => {
    const { status, json } = await asAdmin(`${ROOT}/namespaces/shop/pods/web-0`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ kind: 'PodMetrics', metadata: { name: 'web-0', namespace: 'shop' } })
    expect(json.containers).toEqual([
      { name: 'main', usage: { cpu: '10m', memory: '100000000' } },
      { name: 'sidecar', usage: { cpu: '1500u', memory: '714144Ki' } },
    ])
  })

  it.each([
    ['nodes', ['node-1', 'node-2']],
    ['nodes/', ['node-1', 'node-2']],
    ['pods', ['dns-0', 'db-0', 'web-0']],
    ['namespaces/shop/pods', ['db-0', 'web-0']],
    ['namespaces/nowhere/pods', []],
    ['pods?labelSelector=app%3Dweb', ['web-0']],
    ['pods?labelSelector=app%20in%20(web,dns)', ['dns-0', 'web-0']],
    ['namespaces/shop/pods?labelSelector=app!%3Dweb', ['db-0']],
    ['pods?fieldSelector=metadata.namespace%3Dkube-system', ['dns-0']],
    ['pods?fieldSelector=metadata.name%3Ddb-0&labelSelector=app%3Ddb', ['db-0']],
    ['nodes?fieldSelector=metadata.name!%3Dnode-1', ['node-2']],
    ['nodes?labelSelector=zone%3Db', ['node-2']],
    ['pods?resourceVersion=1&resourceVersionMatch=Exact', ['dns-0', 'db-0', 'web-0']],
    ['pods?watch=false', ['dns-0', 'db-0', 'web-0']],
    ['pods?labelSelector=app%3Dweb&labelSelector=app%3Ddb', ['web-0']],
    ['pods?%zz=1&labelSelector=app%3Dweb', ['web-0']],
  ])('lists %s in order, leaving out what is not measured', async (path, expected) => {
    const { status, json } = await asAdmin(`${ROOT}/${path}`)
    expect(status).toBe(200)
    expect(names(json)).toEqual(expected)
  })

  it('writes protobuf where it is requested', async () => {
    const path = `${ROOT}/namespaces/shop/pods?labelSelector=app%3Dweb`
    const { headers, body } = await asAdmin(path, { accept: `${PROTOBUF}, */*` })
    expect(headers['content-type']).toBe(PROTOBUF)
    expect(body.subarray(0, 4).toString('latin1')).toBe('k8s\0')
    expect(body.includes('web-0')).toBe(true)
  })

  it('writes a table for kubectl get', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    const { json } = await asAdmin(`${ROOT}/nodes`, { accept })
    expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' })
    expect(json.rows.map((r: { cells: string[] }) => r.cells[0])).toEqual(['node-1', 'node-2'])
  })

  it.each([
    ['?pretty=true', {}],
    ['', { 'user-agent': 'curl/8.0' }],
    ['', { accept: 'application/json;pretty=1' }],
  ])('indents for who reads it%s %j', async (query, headers) => {
    const { text } = await asAdmin(`${ROOT}/nodes${query}`, headers)
    expect(text).toMatch(/^\{\n {2}"kind": "NodeMetricsList"/)
  })

  it('reports the age of what it serves', async () => {
    world().ages.length = 0
    await asAdmin(`${ROOT}/pods`)
    expect(world().ages).toHaveLength(3)
    for (const age of world().ages) expect(age).toBeCloseTo((Date.now() - Date.UTC(2026, 0, 1, 12)) / 1000, -1)
  })
})
