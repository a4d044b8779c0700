import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPodIndex, type PodIndex } from '../../src/cluster/pod-index.ts'
import { drop, fail, hang, send } from '../support/fake-answers.ts'
import type { FakeCollection } from '../support/fake-collection.ts'
import { type ClusterFixture, startClusterFixture } from './cluster-fixture.ts'

const PATH = '/api/v1/pods'
const pod = (name: string, namespace = 'shop', labels: Record<string, string> = { app: 'web' }) => ({
  metadata: { name, namespace, uid: `uid-${name}`, labels },
})

let cluster: ClusterFixture
let pods: FakeCollection
let index: PodIndex
const names = (namespace = 'shop') => index.inNamespace(namespace).map((one) => one.name)
const lists = () => cluster.apiserver.requests.filter((one) => !one.query.has('watch'))
const watches = () => cluster.apiserver.requests.filter((one) => one.query.has('watch'))

beforeEach(async () => {
  cluster = await startClusterFixture()
  pods = cluster.apiserver.collection(PATH, 'PartialObjectMetadata')
  index = createPodIndex(cluster.parts)
})
afterEach(async () => {
  await index.stop()
  await cluster.close()
})

async function startWatching(): Promise<void> {
  index.start()
  await cluster.until(() => expect(pods.openWatches).toBe(1))
}

describe('what is asked for', () => {
  it('running pods, metadata only, in pages, then a watch with bookmarks from the list on', async () => {
    pods.seed([pod('a')])
    await startWatching()
    const [list] = lists()
    expect(list?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    )
    expect(Object.fromEntries(list?.query ?? [])).toEqual({ fieldSelector: 'status.phase=Running', limit: '500' })
    const [watch] = watches()
    expect(watch?.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json')
    expect(Object.fromEntries(watch?.query ?? [])).toEqual({
      fieldSelector: 'status.phase=Running',
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '100',
      timeoutSeconds: '450',
    })
  })
})

describe('what is known', () => {
  it('pods are served in order of namespace and name, whatever order they came in', async () => {
    pods.seed([pod('b'), pod('a'), pod('z', 'bank'), pod('c')])
    await startWatching()
    pods.put(pod('aa'))
    pods.put(pod('q', 'zoo'))
    await cluster.until(() => expect(index.count).toBe(6))
    expect(index.namespaces()).toEqual(['bank', 'shop', 'zoo'])
    expect(names()).toEqual(['a', 'aa', 'b', 'c'])
    expect(index.get('shop', 'aa')).toEqual({
      namespace: 'shop',
      name: 'aa',
      uid: 'uid-aa',
      labels: ['app', 'web'],
    })
    expect(index.get('shop', 'nope')).toBeUndefined()
    expect(index.inNamespace('nowhere')).toEqual([])
  })

  it('a pod that leaves, and with the last one its namespace, is gone', async () => {
    pods.seed([pod('a'), pod('z', 'bank')])
    await startWatching()
    pods.delete('z', 'bank')
    await cluster.until(() => expect(index.count).toBe(1))
    expect(index.namespaces()).toEqual(['shop'])
    expect(index.get('bank', 'z')).toBeUndefined()
  })

  it('an array once given away never changes, and stays the same while nothing changes', async () => {
    pods.seed([pod('a'), pod('b')])
    await startWatching()
    const before = index.inNamespace('shop')
    pods.put(pod('a'))
    pods.put(pod('x', 'bank'))
    await cluster.until(() => expect(index.count).toBe(3))
    expect(index.inNamespace('shop')).toBe(before)
    pods.put(pod('c'))
    await cluster.until(() => expect(index.count).toBe(4))
    expect(before.map((one) => one.name)).toEqual(['a', 'b'])
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('pods with the same labels share one set, across pages and events', async () => {
    pods.seed(Array.from({ length: 1203 }, (_, i) => pod(`p${String(i).padStart(4, '0')}`)))
    await startWatching()
    pods.put(pod('later'))
    await cluster.until(() => expect(index.count).toBe(1204))
    expect(new Set(index.inNamespace('shop').map((one) => one.labels)).size).toBe(1)
    expect(lists().map((one) => one.query.get('continue'))).toEqual([null, '100:500', '100:1000'])
  })

  it('changed labels replace the old ones', async () => {
    pods.seed([pod('a')])
    await startWatching()
    pods.put(pod('a', 'shop', { zone: 'x', app: 'new' }))
    await cluster.until(() => expect(index.get('shop', 'a')?.labels).toEqual(['app', 'new', 'zone', 'x']))
  })

  it('whole pods, from a server that cannot leave the rest out, serve as well', async () => {
    pods.seed([{ ...pod('a'), kind: 'Pod', spec: { nodeName: 'n' }, status: { phase: 'Running' } }])
    await startWatching()
    expect(index.get('shop', 'a')?.uid).toBe('uid-a')
  })

  it('what is no pod is left out', async () => {
    const items = [null, 7, {}, { metadata: { name: 'x' } }, { metadata: { name: 3, namespace: 'shop' } }, pod('a')]
    cluster.apiserver.next(PATH, false, send([JSON.stringify({ metadata: { resourceVersion: '100' }, items })]))
    await startWatching()
    expect(names()).toEqual(['a'])
  })
})

describe('what goes wrong', () => {
  it('a watch that ends in order is resumed where it ended, without another list', async () => {
    pods.seed([pod('a')])
    await startWatching()
    pods.put(pod('b'))
    await cluster.until(() => expect(index.count).toBe(2))
    pods.endWatches('close')
    await cluster.until(() => expect(watches()).toHaveLength(2))
    expect(watches()[1]?.query.get('resourceVersion')).toBe('101')
    expect(lists()).toHaveLength(1)
    expect(cluster.faults.reported).toEqual([])
  })

  it('a bookmark moves the place to resume at', async () => {
    await startWatching()
    pods.tick()
    pods.tick()
    pods.bookmark()
    pods.put(pod('a'))
    await cluster.until(() => expect(index.count).toBe(1))
    pods.tick()
    pods.bookmark()
    pods.endWatches('close')
    await cluster.until(() => expect(watches()).toHaveLength(2))
    expect(watches()[1]?.query.get('resourceVersion')).toBe('104')
  })

  it('the apiserver goes away and comes back: data is kept, the watch resumed, nothing lost', async () => {
    pods.seed([pod('a'), pod('b')])
    await startWatching()
    await cluster.apiserver.stop()
    await cluster.inTime(() => expect(cluster.faults.present.get('watch pods')).toMatch(/no answer from the apiserver/))
    expect(index.synced()).toBe(true)
    expect(names()).toEqual(['a', 'b'])
    pods.put(pod('c'))
    pods.delete('a', 'shop')
    await cluster.apiserver.start()
    await cluster.inTime(() => expect(names()).toEqual(['b', 'c']))
    expect(lists()).toHaveLength(1)
    expect(cluster.faults.present.size).toBe(0)
  })

  it('a watch that is cut off and resumed is no fault', async () => {
    await startWatching()
    pods.endWatches('cut')
    pods.put(pod('a'))
    await cluster.inTime(() => expect(index.count).toBe(1))
    expect(cluster.faults.reported).toEqual([])
    expect(lists()).toHaveLength(1)
  })

  it.each([
    ['as an event', () => pods.endWatches('close')],
    [
      'as a status',
      () => {
        cluster.apiserver.next(PATH, true, fail(410, 'Expired', 'too old resource version'))
        pods.endWatches('close')
      },
    ],
  ])('a resource version that is too old, told %s, means another list; what was deleted meanwhile goes', async (_name, end) => {
    pods.seed([pod('a'), pod('b')])
    await startWatching()
    await cluster.clock.advance(2000)
    pods.seed([pod('b'), pod('c')])
    pods.compact()
    end()
    await cluster.inTime(() => expect(names()).toEqual(['b', 'c']))
    expect(lists()).toHaveLength(2)
    expect(cluster.faults.reported).toEqual([])
  })

  it('a 410 between pages means one list without pages', async () => {
    pods.seed(Array.from({ length: 700 }, (_, i) => pod(`p${i}`)))
    cluster.apiserver.next(PATH, false, (request, response) => {
      pods.handler(request, response)
      pods.compact()
    })
    await startWatching()
    expect(index.count).toBe(700)
    expect(lists().map((one) => [one.query.get('limit'), one.query.get('continue')])).toEqual([
      ['500', null],
      ['500', '100:500'],
      [null, null],
    ])
  })

  it.each([
    ['a 500', fail(500, 'InternalError', 'etcd is away'), /etcd is away/],
    ['a 403', fail(403, 'Forbidden', 'pods is forbidden'), /pods is forbidden/],
    ['a page that is no JSON', send(['<html>']), /is not JSON/],
    ['an answer that is no list', send(['{"kind":"Status"}']), /is no list/],
    ['a cut connection', drop, /no answer from the apiserver/],
  ])('%s to the list is reported, tried again and resolved', async (_name, handler, message) => {
    pods.seed([pod('a')])
    cluster.apiserver.next(PATH, false, handler, handler)
    index.start()
    await cluster.until(() => expect(cluster.faults.present.get('watch pods')).toMatch(message))
    expect(index.synced()).toBe(false)
    await cluster.inTime(() => expect(names()).toEqual(['a']))
    await cluster.inTime(() => expect(cluster.faults.present.size).toBe(0))
  })

  it.each([
    ['garbage', 'this is no event\n'],
    ['JSON that is no event', '{"type":"ADDED"}\n'],
    ['a line without an end', `{"type":"ADDED","x":"${'x'.repeat(9 * 2 ** 20)}`],
  ])('%s in the watch means another list', async (_name, line) => {
    pods.seed([pod('a')])
    await startWatching()
    pods.sendRaw(line)
    await cluster.inTime(() => expect(lists()).toHaveLength(2))
    await cluster.inTime(() => expect(pods.openWatches).toBe(1))
    expect(names()).toEqual(['a'])
    expect(cluster.faults.reported).toHaveLength(1)
    expect(cluster.faults.present.size).toBe(0)
  })

  it('events of a type that is not known are passed over', async () => {
    await startWatching()
    pods.sendRaw(`{"type":"WONDER","object":{}}\n\n`)
    pods.put(pod('a'))
    await cluster.until(() => expect(index.count).toBe(1))
    expect(lists()).toHaveLength(1)
  })

  it('an event in two pieces, cut inside a character, is read whole', async () => {
    const label = { app: 'grün-☃' }
    const line = Buffer.from(
      `${JSON.stringify({ type: 'ADDED', object: { metadata: { ...pod('a').metadata, labels: label, resourceVersion: '101' } } })}\n`,
    )
    const cut = line.indexOf(Buffer.from('☃')) + 1
    cluster.apiserver.next(PATH, true, (_request, response) => {
      response.writeHead(200)
      response.write(line.subarray(0, cut))
      setImmediate(() => setImmediate(() => response.write(line.subarray(cut))))
    })
    index.start()
    await cluster.until(() => expect(index.get('shop', 'a')?.labels).toEqual(['app', 'grün-☃']))
  })

  it('a connection that went dead is given up 30 s after the watch should have ended', async () => {
    cluster.apiserver.next(PATH, true, hang)
    index.start()
    await cluster.until(() => expect(watches()).toHaveLength(1))
    await cluster.clock.advance(479_000)
    expect(watches()).toHaveLength(1)
    await cluster.clock.advance(1_500)
    await cluster.until(() => expect(pods.openWatches).toBe(1))
    expect(cluster.faults.reported).toEqual([])
    expect(lists()).toHaveLength(1)
  })

  it('stopping ends the watch and leaves what is known', async () => {
    pods.seed([pod('a')])
    await startWatching()
    await index.stop()
    await cluster.until(() => expect(pods.openWatches).toBe(0))
    await cluster.clock.advance(60_000)
    expect(watches()).toHaveLength(1)
    expect(names()).toEqual(['a'])
  })
})
