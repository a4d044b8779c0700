import { once } from 'node:events'
import https from 'node:https'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { startJob } from '../../sim/world/changes.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { httpsGet } from './https-get.ts'

const PODS = '/api/v1/pods'
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

interface Item {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

interface List {
  readonly kind: string
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly Item[]
}

interface Event {
  readonly type: string
  readonly object: Item & { readonly code?: number; readonly reason?: string }
}

let clock: ManualClock
let cluster: Cluster
beforeEach(async () => {
  clock = createManualClock()
  cluster = await startCluster({ nodes: 2, podsPerNode: 7, clock })
})
afterEach(() => cluster.stop())

const connection = (headers: Record<string, string> = {}) => {
  const { admin, cluster: authority } = cluster.authorities
  return { ca: authority.certPem, cert: admin.certPem, key: admin.keyPem, headers }
}

const get = (path: string, headers?: Record<string, string>) =>
  httpsGet(`${cluster.apiserver.url}${path}`, connection(headers))

const list = async (path: string, headers?: Record<string, string>) =>
  JSON.parse((await get(path, headers)).body) as List

const names = ({ items }: List) => items.map(({ metadata }) => metadata.name)

/** The events of a watch, one by one; `next` gives undefined once it has ended. */
async function watch(query: string) {
  const request = https.get(`${cluster.apiserver.url}${PODS}?watch=1&${query}`, { agent: false, ...connection() })
  const [response] = await once(request, 'response')
  response.on('error', () => {})
  const lines = createInterface(response)[Symbol.asyncIterator]()
  return async (): Promise<Event | undefined> => {
    const line = await lines.next()
    return line.done ? undefined : (JSON.parse(line.value) as Event)
  }
}

describe('the simulated apiserver', () => {
  it('lists page by page under one resourceVersion', async () => {
    const whole = await list(PODS)
    const paged: string[] = []
    const versions = new Set<string>()
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: List = await list(`${PODS}?limit=4&continue=${token}`)
      paged.push(...names(page))
      versions.add(page.metadata.resourceVersion)
      token = page.metadata.continue
    }
    expect(paged).toEqual(names(whole))
    expect(paged).toHaveLength(2 * 7 + 1)
    expect([...versions]).toEqual([whole.metadata.resourceVersion])
  })

  it.each([
    ['fieldSelector=status.phase%3DRunning', 14],
    ['fieldSelector=status.phase!%3DRunning', 1],
    ['labelSelector=app%3Dreport', 1],
    ['labelSelector=app+in+(report,cache)', 3],
    ['labelSelector=!workload,app', 15],
    ['fieldSelector=spec.nodeName%3Dnode-02', 7],
  ])('selects by %s', async (query, count) => {
    expect((await list(`${PODS}?${query}`)).items).toHaveLength(count)
  })

  it('gives metadata only when asked to', async () => {
    const { kind, items } = await list(PODS, { accept: METADATA })
    expect(kind).toBe('PartialObjectMetadataList')
    expect(items.map(Object.keys)).toEqual(items.map(() => ['metadata']))
  })

  it('refuses to continue a list from what it has forgotten', async () => {
    const { metadata } = await list(`${PODS}?limit=4`)
    cluster.registry.compact()
    const { status, body } = await get(`${PODS}?limit=4&continue=${metadata.continue}`)
    expect([status, JSON.parse(body).reason]).toEqual([410, 'Expired'])
  })

  it('sends what happened since a resourceVersion, and what happens', async () => {
    const { metadata } = await list(PODS)
    const job = startJob(cluster.world, 'node-01', 5000)
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`)
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: job.name } } })
    cluster.world.deletePod(job)
    expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: job.name } } })
  })

  it('sends a pod that finishes as deleted to watches of running pods', async () => {
    const { metadata } = await list(PODS)
    const running = 'fieldSelector=status.phase%3DRunning,metadata.name%3D'
    const job = startJob(cluster.world, 'node-01', 5000)
    const next = await watch(`resourceVersion=${metadata.resourceVersion}&${running}${job.name}`)
    expect((await next())?.type).toBe('ADDED')
    await clock.advance(6000)
    expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: job.name } } })
  })

  it('sends bookmarks, and ends a watch when its time is over', async () => {
    const { metadata } = await list(PODS)
    const only = 'fieldSelector=metadata.name%3Dnone'
    const next = await watch(
      `${only}&resourceVersion=${metadata.resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=15`,
    )
    cluster.registry.put('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x', uid: 'x', creationTimestamp: '' },
    })
    await clock.advance(10_000)
    expect(await next()).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: String(cluster.registry.version) } },
    })
    await clock.advance(5000)
    expect(await next()).toBeUndefined()
  })

  it('answers a watch from what it has forgotten with 410 in an event', async () => {
    const { metadata } = await list(PODS)
    cluster.registry.compact()
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`)
    expect(await next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
    expect(await next()).toBeUndefined()
  })

  it('can be made to fail, to drop watches, to go away and to come back on its port', async () => {
    cluster.apiserver.failWith(429)
    expect(await get(PODS)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    cluster.apiserver.failWith(undefined)
    const { metadata } = await list(PODS)
    const next = await watch(`resourceVersion=${metadata.resourceVersion}`)
    const ended = next()
    expect(cluster.apiserver.openWatches).toBe(1)
    cluster.apiserver.dropWatches()
    await ended.catch(() => undefined)
    const { url } = cluster.apiserver
    await cluster.apiserver.goAway()
    await expect(get(PODS)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await cluster.apiserver.comeBack()
    expect(cluster.apiserver.url).toBe(url)
    expect((await get(PODS)).status).toBe(200)
    expect(cluster.apiserver.openWatches).toBe(0)
  })

  it.each([
    ['the server', () => cluster.access.serverToken, PODS, 200],
    ['the server', () => cluster.access.serverToken, '/api/v1/namespaces', 403],
    ['the server', () => cluster.access.serverToken, '/api/v1/namespaces/kube-system/configmaps', 403],
    [
      'the server',
      () => cluster.access.serverToken,
      '/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dextension-apiserver-authentication',
      200,
    ],
    ['nobody known', () => 'x', PODS, 401],
  ])('lets %s ask no more than it may: %#', async (_, token, path, status) => {
    const { ca } = connection()
    const headers = { authorization: `Bearer ${token()}` }
    expect((await httpsGet(`${cluster.apiserver.url}${path}`, { ca, headers })).status).toBe(status)
  })
})
