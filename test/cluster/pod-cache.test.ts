import { describe, expect, it } from 'vitest'
import { send } from '../support/fake-answers.ts'
import { PATH, pod, usePodCache } from './pod-cache-fixture.ts'

const at = usePodCache()
const { names, lists, watches, startWatching } = at

describe('what is asked for', () => {
  it('running pods, metadata only, in pages, then a watch with bookmarks from the list on', async () => {
    at.pods.seed([pod('a')])
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
    at.pods.seed([pod('b'), pod('a'), pod('z', 'bank'), pod('c')])
    await startWatching()
    at.pods.put(pod('aa'))
    at.pods.put(pod('q', 'zoo'))
    await at.cluster.until(() => expect(at.index.count).toBe(6))
    expect(at.index.namespaces()).toEqual(['bank', 'shop', 'zoo'])
    expect(names()).toEqual(['a', 'aa', 'b', 'c'])
    expect(at.index.get('shop', 'aa')).toEqual({
      namespace: 'shop',
      name: 'aa',
      uid: 'uid-aa',
      labels: ['app', 'web'],
    })
    expect(at.index.get('shop', 'nope')).toBeUndefined()
    expect(at.index.inNamespace('nowhere')).toEqual([])
  })

  it('the mirror of a static pod has the uid that its kubelet knows it by', async () => {
    const mirror = pod('etcd-node-1')
    const annotations = { 'kubernetes.io/config.mirror': '8fb3a2c1' }
    at.pods.seed([{ ...mirror, metadata: { ...mirror.metadata, annotations } }])
    await startWatching()
    expect(at.index.get('shop', 'etcd-node-1')?.uid).toBe('8fb3a2c1')
  })

  it('a pod that leaves, and with the last one its namespace, is gone', async () => {
    at.pods.seed([pod('a'), pod('z', 'bank')])
    await startWatching()
    at.pods.delete('z', 'bank')
    await at.cluster.until(() => expect(at.index.count).toBe(1))
    expect(at.index.namespaces()).toEqual(['shop'])
    expect(at.index.get('bank', 'z')).toBeUndefined()
  })

  it('an array once given away never changes, and stays the same while nothing changes', async () => {
    at.pods.seed([pod('a'), pod('b')])
    await startWatching()
    const before = at.index.inNamespace('shop')
    at.pods.put(pod('a'))
    at.pods.put(pod('x', 'bank'))
    await at.cluster.until(() => expect(at.index.count).toBe(3))
    expect(at.index.inNamespace('shop')).toBe(before)
    at.pods.put(pod('c'))
    await at.cluster.until(() => expect(at.index.count).toBe(4))
    expect(before.map((one) => one.name)).toEqual(['a', 'b'])
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('pods with the same labels share one set, across pages and events', async () => {
    at.pods.seed(Array.from({ length: 1203 }, (_, i) => pod(`p${String(i).padStart(4, '0')}`)))
    await startWatching()
    at.pods.put(pod('later'))
    await at.cluster.until(() => expect(at.index.count).toBe(1204))
    expect(new Set(at.index.inNamespace('shop').map((one) => one.labels)).size).toBe(1)
    expect(lists().map((one) => one.query.get('continue'))).toEqual([null, '100:500', '100:1000'])
  })

  it('changed labels replace the old ones', async () => {
    at.pods.seed([pod('a')])
    await startWatching()
    at.pods.put(pod('a', 'shop', { zone: 'x', app: 'new' }))
    await at.cluster.until(() => expect(at.index.get('shop', 'a')?.labels).toEqual(['app', 'new', 'zone', 'x']))
  })

  it('whole pods, from a server that cannot leave the rest out, serve as well', async () => {
    at.pods.seed([{ ...pod('a'), kind: 'Pod', spec: { nodeName: 'n' }, status: { phase: 'Running' } }])
    await startWatching()
    expect(at.index.get('shop', 'a')?.uid).toBe('uid-a')
  })

  it('what is no pod is left out', async () => {
    const items = [null, 7, {}, { metadata: { name: 'x' } }, { metadata: { name: 3, namespace: 'shop' } }, pod('a')]
    at.cluster.apiserver.next(PATH, false, send([JSON.stringify({ metadata: { resourceVersion: '100' }, items })]))
    await startWatching()
    expect(names()).toEqual(['a'])
  })
})
