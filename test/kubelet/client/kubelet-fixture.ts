import { afterEach, beforeAll, beforeEach } from 'vitest'
import { type Authority, createAuthority, type Pair } from '../../../certs/authority.ts'
import type { KubeletClientOptions } from '../../../src/kubelet/client/kubelet-client.ts'
import { clientFor, type FakeKubelet, startKubelet, type TestClient } from './fake-kubelet.ts'

/** A kubelet and a client of it, new for each test of the file, with certificates for the whole file. */
export interface KubeletFixture {
  ca: Authority
  pair: Pair
  kubelet: FakeKubelet
  client: TestClient
  /** Puts another client in the client's place. */
  replaceClient(options: Partial<KubeletClientOptions>, kubelet?: { port: number }): Promise<void>
}

export function useKubelet(): KubeletFixture {
  const at = {
    async replaceClient(options, kubelet = at.kubelet) {
      await at.client.close()
      at.client = clientFor(kubelet, at.ca, options)
    },
  } as KubeletFixture
  beforeAll(async () => {
    at.ca = await createAuthority('cluster-ca')
    at.pair = await at.ca.issue({
      commonName: 'system:node:node-1',
      dns: ['node-1'],
      ips: ['127.0.0.1'],
      usage: 'server',
    })
  })
  beforeEach(async () => {
    at.kubelet = await startKubelet(at.pair)
    at.client = clientFor(at.kubelet, at.ca)
  })
  afterEach(async () => {
    await at.client.close()
    await at.kubelet.close()
  })
  return at
}
