import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createGnosticReader } from '../support/gnostic-protobuf.ts'
import { contract } from './support/contract.ts'

const AGGREGATED =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'
const JSON_TYPE = 'application/json'
const proto = (version: string) => `application/com.github.proto-openapi.spec.${version}+protobuf`
const VERSION_PATH = '/openapi/v3/apis/metrics.k8s.io/v1beta1'

contract('documents', ({ ask, asAdmin }) => {
  it.each([
    ['/apis', 'APIGroupList'],
    ['/apis/', 'APIGroupList'],
    ['/apis/metrics.k8s.io', 'APIGroup'],
    ['/apis/metrics.k8s.io/', 'APIGroup'],
    ['/apis/metrics.k8s.io/v1beta1', 'APIResourceList'],
    ['/apis/metrics.k8s.io/v1beta1/', 'APIResourceList'],
  ])('serves %s', async (path, kind) => {
    const { status, json, headers } = await asAdmin(path)
    expect(status).toBe(200)
    expect(json.kind).toBe(kind)
    expect(headers['content-type']).toBe('application/json')
    const protobuf = await asAdmin(path, { accept: 'application/vnd.kubernetes.protobuf' })
    expect(protobuf.body.subarray(0, 4).toString('latin1')).toBe('k8s\0')
    expect(protobuf.body.includes(kind)).toBe(true)
  })

  it('serves the resources that can be had', async () => {
    const { json } = await asAdmin('/apis/metrics.k8s.io/v1beta1')
    expect(json.resources).toEqual([
      { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
      { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
    ])
  })

  it('serves aggregated discovery, once', async () => {
    const first = await asAdmin('/apis', { accept: AGGREGATED })
    expect(first.json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' })
    expect(first.headers).toMatchObject({ 'cache-control': 'public', vary: 'Accept' })
    expect(first.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
    const etag = String(first.headers.etag)
    const second = await asAdmin('/apis', { accept: AGGREGATED, 'if-none-match': etag })
    expect(second.status).toBe(304)
    expect(second.body).toHaveLength(0)
    expect(second.headers.etag).toBe(etag)
    const other = await asAdmin('/apis', { accept: AGGREGATED, 'if-none-match': '"0"' })
    expect(other.status).toBe(200)
  })

  it.each([
    'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
    'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,*/*;q=0.1',
  ])('serves aggregated discovery as older aggregators ask for it: %s', async (accept) => {
    const newer = await asAdmin('/apis', { accept: AGGREGATED })
    const older = await asAdmin('/apis', { accept })
    expect(older.json).toEqual({ ...newer.json, apiVersion: 'apidiscovery.k8s.io/v2beta1' })
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
    expect(older.headers).toMatchObject({ 'content-type': type, 'cache-control': 'public', vary: 'Accept' })
    const again = await asAdmin('/apis', { accept, 'if-none-match': String(older.headers.etag) })
    expect(again.status).toBe(304)
    expect(older.headers.etag).not.toBe(newer.headers.etag)
  })

  it('serves it to an aggregator that takes nothing else', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
    const { status, json } = await asAdmin('/apis', { accept, 'x-remote-user': 'system:kube-aggregator' })
    expect([status, json.apiVersion]).toEqual([200, 'apidiscovery.k8s.io/v2beta1'])
    expect((await asAdmin('/apis', { accept })).status).toBe(406)
  })

  it('serves its version indented, as JSON only', async () => {
    const { json, text } = await asAdmin('/version')
    expect(json).toMatchObject({ major: '1', gitVersion: 'v0.1.0', platform: 'linux/amd64' })
    expect(text).toContain('\n  "major"')
    expect((await asAdmin('/version', { accept: 'application/yaml' })).status).toBe(406)
  })

  it('serves OpenAPI v2 with an ETag, compressed for who takes that', async () => {
    const { json, headers } = await asAdmin('/openapi/v2')
    expect(json.swagger).toBe('2.0')
    expect(headers.vary).toBe('Accept-Encoding, Accept')
    const again = await asAdmin('/openapi/v2', { 'if-none-match': String(headers.etag) })
    expect(again.status).toBe(304)
    const packed = await asAdmin('/openapi/v2', { 'accept-encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(packed.body).toString())).toEqual(json)
    expect((await asAdmin('/openapi/v2', { accept: 'text/html' })).status).toBe(406)
  })

  it('serves OpenAPI v3 under URLs that change with the content', async () => {
    const { json } = await asAdmin('/openapi/v3')
    expect(Object.keys(json.paths)).toEqual(['apis', 'apis/metrics.k8s.io', 'apis/metrics.k8s.io/v1beta1', 'version'])
    const url = json.paths['apis/metrics.k8s.io/v1beta1'].serverRelativeURL
    expect(url).toMatch(/^\/openapi\/v3\/apis\/metrics\.k8s\.io\/v1beta1\?hash=[0-9A-F]{128}$/)
    const hashed = await asAdmin(url)
    expect(hashed.status).toBe(200)
    expect(hashed.headers['cache-control']).toBe('public, immutable')
    const bare = await asAdmin(VERSION_PATH)
    expect(bare.headers['cache-control']).toBe('no-cache, private')
    expect(bare.text).toBe(hashed.text)
    const old = await asAdmin(`${VERSION_PATH}?hash=0`)
    expect(old.status).toBe(301)
    expect(old.headers.location).toBe(url)
    const kept = await asAdmin(VERSION_PATH, { 'if-modified-since': String(bare.headers['last-modified']) })
    expect(kept.status).toBe(304)
  })

  it.each([
    [undefined, JSON_TYPE, JSON_TYPE],
    ['*/*', JSON_TYPE, JSON_TYPE],
    ['application/*', JSON_TYPE, JSON_TYPE],
    [`${proto('v2@v1.0')}, ${proto('v3@v1.0')}`, proto('v2.v1.0'), proto('v3.v1.0')],
    [`${proto('v2.v1.0')}, ${proto('v3.v1.0')}`, proto('v2.v1.0'), proto('v3.v1.0')],
    [`${proto('v2@v1.0')};q=0.5, ${proto('v3@v1.0')};q=0.5, application/json`, JSON_TYPE, JSON_TYPE],
    [`application/json;q=0.5, ${proto('v2.v1.0')}, ${proto('v3.v1.0')}`, proto('v2.v1.0'), proto('v3.v1.0')],
    ['text/html, application/yaml', undefined, undefined],
    [proto('v2'), undefined, undefined],
    [proto('v3.v1'), undefined, undefined],
  ])('negotiates OpenAPI: %s', async (accept, v2, v3) => {
    for (const [path, type] of [
      ['/openapi/v2', v2],
      [VERSION_PATH, v3],
    ] as const) {
      const { status, headers } = await asAdmin(path, accept === undefined ? {} : { accept })
      expect(status).toBe(type === undefined ? 406 : 200)
      expect(headers['content-type']).toBe(type)
      expect(headers.vary).toContain('Accept')
    }
  })

  it.each([
    ['/openapi/v2', proto('v2.v1.0'), createGnosticReader('v2')],
    [VERSION_PATH, proto('v3.v1.0'), createGnosticReader('v3')],
  ])('serves %s in protobuf with the ETag of its JSON', async (path, accept, read) => {
    const json = await asAdmin(path)
    const protobuf = await asAdmin(path, { accept })
    expect(read(protobuf.body)).toEqual(json.json)
    expect(protobuf.headers).toMatchObject({ etag: json.headers.etag, 'last-modified': json.headers['last-modified'] })
    const again = await asAdmin(path, { accept, 'if-none-match': String(json.headers.etag) })
    expect(again.status).toBe(304)
    expect(again.body).toHaveLength(0)
    const packed = await asAdmin(path, { accept, 'accept-encoding': 'gzip' })
    const { 'content-encoding': coding } = packed.headers
    expect(coding === 'gzip' ? gunzipSync(packed.body) : packed.body).toEqual(protobuf.body)
    expect(coding).toBe(path === '/openapi/v2' ? 'gzip' : undefined)
  })

  it('keeps the protobuf of a hashed URL for ever', async () => {
    const { json } = await asAdmin('/openapi/v3')
    const url = json.paths['apis/metrics.k8s.io/v1beta1'].serverRelativeURL
    const { status, headers } = await asAdmin(url, { accept: proto('v3@v1.0') })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'cache-control': 'public, immutable', vary: 'Accept' })
  })

  it('serves its metrics and the list of its paths', async () => {
    const metrics = await asAdmin('/metrics')
    expect(metrics.text).toBe('metrics_server_up 1\n')
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const { status, json } = await asAdmin('/')
    expect(status).toBe(200)
    expect(json.paths).toEqual([...json.paths].sort())
    expect(json.paths).toEqual(expect.arrayContaining(['/healthz/ping', '/readyz/shutdown', '/openapi/v3/']))
  })

  it('gives only the head to HEAD', async () => {
    const { status, body, headers } = await ask({ method: 'HEAD', path: '/healthz', as: 'admin' })
    expect(status).toBe(200)
    expect(body).toHaveLength(0)
    expect(headers['content-length']).toBe('2')
  })
})
