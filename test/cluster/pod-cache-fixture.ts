import { afterEach, beforeEach, expect } from 'vitest'
import { createPodCache, type PodCache } from '../../src/cluster/pod-cache.ts'
import type { ReceivedRequest } from '../support/fake-answers.ts'
import type { FakeCollection } from '../support/fake-collection.ts'
import { type ClusterFixture, startClusterFixture } from './cluster-fixture.ts'

export const PATH = '/api/v1/pods'

export const pod = (name: string, namespace = 'shop', labels: Record<string, string> = { app: 'web' }) => ({
  metadata: { name, namespace, uid: `uid-${name}`, labels },
})

/** A pod cache and its apiserver, new for each test of the file. */
export interface PodCacheFixture {
  cluster: ClusterFixture
  pods: FakeCollection
  index: PodCache
  names(): string[]
  lists(): ReceivedRequest[]
  watches(): ReceivedRequest[]
  /** Starts the index and waits until it watches. */
  startWatching(): Promise<void>
}

export function usePodCache(): PodCacheFixture {
  const at = {
    names: () => at.index.inNamespace('shop').map((one) => one.name),
    lists: () => at.cluster.apiserver.requests.filter((one) => !one.query.has('watch')),
    watches: () => at.cluster.apiserver.requests.filter((one) => one.query.has('watch')),
    async startWatching() {
      at.index.start()
      await at.cluster.until(() => expect(at.pods.openWatches).toBe(1))
    },
  } as PodCacheFixture
  beforeEach(async () => {
    at.cluster = await startClusterFixture()
    at.pods = at.cluster.apiserver.collection(PATH, 'PartialObjectMetadata')
    at.index = createPodCache(at.cluster.parts)
  })
  afterEach(async () => {
    await at.index.stop()
    await at.cluster.close()
  })
  return at
}
