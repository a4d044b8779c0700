import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import {
  type AuthenticationConfig,
  type AuthenticationConfigFollower,
  followAuthenticationConfig,
} from '../../src/cluster/authentication-config.ts'
import type { FakeCollection } from '../support/fake-collection.ts'
import { type ClusterFixture, startClusterFixture } from './cluster-fixture.ts'

const NAME = 'extension-apiserver-authentication'
const FAULT = `configmap kube-system/${NAME}`
const configMap = (data: Record<string, string>) => ({ metadata: { name: NAME, namespace: 'kube-system' }, data })

let cluster: ClusterFixture
let maps: FakeCollection
let follower: AuthenticationConfigFollower
let caPem: string
let changes: AuthenticationConfig[]
let good: Record<string, string>

beforeEach(async () => {
  cluster = await startClusterFixture()
  maps = cluster.apiserver.collection('/api/v1/namespaces/kube-system/configmaps', 'ConfigMap')
  caPem = (await createAuthority('ca')).certPem
  follower = followAuthenticationConfig(cluster.parts)
  changes = []
  follower.onChange((config) => changes.push(config))
  good = {
    'client-ca-file': caPem,
    'requestheader-client-ca-file': caPem,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  }
})
afterEach(async () => {
  await follower.stop()
  await cluster.close()
})
const startWatching = async () => {
  follower.start()
  await cluster.until(() => expect(maps.openWatches).toBe(1))
}

it('reads the ConfigMap, and requests that one only', async () => {
  maps.seed([configMap(good)])
  expect(follower.current()).toBeUndefined()
  await startWatching()
  expect(follower.current()).toEqual({
    clientCaPem: caPem,
    requestHeader: {
      caPem,
      allowedNames: ['front-proxy-client'],
      usernameHeaders: ['X-Remote-User'],
      uidHeaders: [],
      groupHeaders: ['X-Remote-Group'],
      extraHeaderPrefixes: ['X-Remote-Extra-'],
    },
  })
  for (const request of cluster.apiserver.requests) {
    expect(request.query.get('fieldSelector')).toBe(`metadata.name=${NAME}`)
  }
})

it('tells of changes, and not of updates that change nothing', async () => {
  maps.seed([configMap(good)])
  await startWatching()
  maps.put(configMap(good))
  maps.put(configMap({ ...good, 'requestheader-uid-headers': '["X-Remote-Uid"]' }))
  await cluster.until(() => expect(follower.current()?.requestHeader?.uidHeaders).toEqual(['X-Remote-Uid']))
  expect(changes).toHaveLength(2)
})

it('a cluster without a front proxy has no request headers', async () => {
  maps.seed([configMap({ 'client-ca-file': caPem })])
  await startWatching()
  expect(follower.current()).toEqual({ clientCaPem: caPem, requestHeader: undefined })
})

it.each([
  ['requestheader-allowed-names', 'front-proxy', /requestheader-allowed-names is not a JSON array of strings/],
  ['requestheader-username-headers', '[1]', /requestheader-username-headers is not a JSON array/],
  ['requestheader-client-ca-file', 'none', /requestheader-client-ca-file holds no certificate/],
  [
    'client-ca-file',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    /client-ca-file holds a certificate that cannot be read/,
  ],
])('a %s that cannot be used is reported, and the last good state kept', async (key, value, message) => {
  maps.seed([configMap(good)])
  await startWatching()
  const before = follower.current()
  maps.put(configMap({ ...good, [key]: value }))
  await cluster.until(() => expect(cluster.faults.open.get(FAULT)).toMatch(message))
  expect(follower.current()).toBe(before)
  maps.put(configMap(good))
  await cluster.until(() => expect(cluster.faults.open.has(FAULT)).toBe(false))
  expect(changes).toHaveLength(1)
})

it.each([
  'client-ca-file',
  'requestheader-client-ca-file',
])('a block with headers in %s is passed over, as client-go does', async (key) => {
  const [first = '', ...rest] = caPem.split('\n')
  const withHeaders = [first, 'Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,00', '', ...rest].join('\n')
  const bundle = `${withHeaders}\n${caPem}`
  maps.seed([configMap({ ...good, [key]: bundle })])
  await startWatching()
  expect(cluster.faults.reported).toEqual([])
  const { clientCaPem, requestHeader } = follower.current() ?? {}
  expect(key === 'client-ca-file' ? clientCaPem : requestHeader?.caPem).toBe(bundle)
})

it('a half that cannot be used does not keep the other from being used', async () => {
  maps.seed([configMap({ ...good, 'client-ca-file': 'none' })])
  await startWatching()
  expect(follower.current()?.requestHeader?.caPem).toBe(caPem)
  expect(follower.current()?.clientCaPem).toBeUndefined()
  expect(cluster.faults.open.get(FAULT)).toMatch(/client-ca-file holds no certificate/)
  maps.put(configMap({ ...good, 'requestheader-allowed-names': 'x', 'client-ca-file': caPem }))
  await cluster.until(() => expect(follower.current()?.clientCaPem).toBe(caPem))
  expect(follower.current()?.requestHeader?.allowedNames).toEqual(['front-proxy-client'])
  maps.put(configMap(good))
  await cluster.until(() => expect(cluster.faults.open.size).toBe(0))
})

it('a front proxy that cannot be read is waited for at the start', async () => {
  maps.seed([configMap({ ...good, 'requestheader-allowed-names': 'x' })])
  await startWatching()
  expect(follower.current()).toBeUndefined()
  expect(cluster.faults.open.has(FAULT)).toBe(true)
})

it('a ConfigMap that does not exist is reported, and taken when it comes', async () => {
  await startWatching()
  expect(follower.current()).toBeUndefined()
  expect(cluster.faults.open.get(FAULT)).toMatch(
    /stays in use: the configmap kube-system\/extension-apiserver-authentication does not exist$/,
  )
  maps.put(configMap(good))
  await cluster.until(() => expect(follower.current()).toBeDefined())
  maps.delete(NAME, 'kube-system')
  await cluster.until(() =>
    expect(cluster.faults.open.get(FAULT)).toMatch(
      /stays in use: the configmap kube-system\/extension-apiserver-authentication does not exist$/,
    ),
  )
  expect(follower.current()?.clientCaPem).toBe(caPem)
})
