import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { labelsFrom } from '../../src/kubernetes/labels.ts'
import type { PodRecord } from '../../src/model/cluster-objects.ts'
import type { PodUsage } from '../../src/model/usage.ts'
import { createWorld, type World } from '../contract/support/world.ts'
import { watchOf } from '../support/watch-usage.ts'

const binary = process.env.KUBECTL
const run = promisify(execFile)

const NAMESPACES = Array.from({ length: 20 }, (_, i) => `team-${String(i).padStart(2, '0')}`)
const PODS = new Map(
  NAMESPACES.map((namespace, n) => [
    namespace,
    Array.from({ length: 500 }, (_, i): PodRecord => {
      const name = `app-${String(i).padStart(4, '0')}`
      return { namespace, name, uid: `${n}-${i}`, labels: labelsFrom([['app', i % 10 === 0 ? 'tenth' : 'other']]) }
    }),
  ]),
)
const KEYS = [...PODS].flatMap(([namespace, pods]) => pods.map(({ name }) => `${namespace}/${name}`))
const USAGE: PodUsage = {
  timestampMs: Date.UTC(2026, 0, 1),
  windowMs: 15_000,
  containers: [{ name: 'main', usage: { cpuNanocores: 1e6, memoryBytes: 2 ** 20, swapBytes: undefined } }],
}
const PATH = '/apis/metrics.k8s.io/v1beta1/pods'

let cluster: Cluster
let world: World
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
  world = await createWorld({
    pods: {
      get: (namespace, name) => PODS.get(namespace)?.find((pod) => pod.name === name),
      inNamespace: (namespace) => PODS.get(namespace) ?? [],
      namespaces: () => NAMESPACES,
    },
    usage: { node: () => undefined, pod: () => USAGE, watchPods: watchOf(() => USAGE) },
    authenticate: async () => ({ name: 'admin', uid: undefined, groups: ['system:masters'], extra: new Map() }),
  })
  const { port } = await world.api.listen()
  await cluster.registerMetricsServer({ port })
}, 60_000)
afterAll(async () => {
  await cluster.stop()
  await world.api.close()
  expect(world.errors).toEqual([])
})

/** How many requests for lists of all pods it took. */
async function requests(read: () => Promise<unknown>): Promise<number> {
  const count = () => cluster.apiserver.asked.get(`GET ${PATH}`) ?? 0
  const before = count()
  await read()
  return count() - before
}

describe('10,000 pods, through the aggregation layer', () => {
  interface Page {
    readonly metadata: { readonly _continue?: string; readonly continue?: string; readonly remainingItemCount?: number }
    readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[]
  }

  it('are read whole by the pager of @kubernetes/client-node, and counted on the way', async () => {
    const config = new KubeConfig()
    config.loadFromFile(cluster.files.admin)
    const api = config.makeApiClient(CustomObjectsApi)
    const list = { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods', limit: 500 }
    const keys: string[] = []
    const left: (number | undefined)[] = []
    const read = async () => {
      let next: string | undefined
      do {
        const page: Page = await api.listClusterCustomObject(next === undefined ? list : { ...list, _continue: next })
        keys.push(...page.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
        left.push(page.metadata.remainingItemCount)
        next = page.metadata.continue
      } while (next)
    }
    expect(await requests(read)).toBe(20)
    expect(keys).toEqual(KEYS)
    expect(left).toEqual([...Array.from({ length: 19 }, (_, i) => 9500 - 500 * i), undefined])
  })

  describe.skipIf(binary === undefined)('by kubectl', () => {
    async function kubectl(...args: string[]): Promise<string> {
      const { admin, directory } = cluster.files
      const all = [`--kubeconfig=${admin}`, `--cache-dir=${directory}/cache`, ...args]
      return (await run(binary ?? '', all, { maxBuffer: 2 ** 26 })).stdout
    }
    const keysOf = (table: string) => {
      const rows = table.trimEnd().split('\n')
      return rows.map((row) => row.trim().split(/\s+/)).map(([namespace, name]) => `${namespace}/${name}`)
    }

    // Kubectl itself sends five requests a second after the first ten.
    it.each([
      [[], 20],
      [['--chunk-size=3333'], 4],
      [['--chunk-size=0'], 1],
    ])(
      'get podmetrics -A %s: all of them, under one head',
      async (args, pages) => {
        let table = ''
        expect(
          await requests(async () => {
            table = await kubectl('get', 'podmetrics', '-A', ...args)
          }),
        ).toBe(pages)
        expect(keysOf(table)).toEqual(['NAMESPACE/NAME', ...KEYS])
      },
      30_000,
    )

    it('get podmetrics -A -o json, and with a selector', async () => {
      const whole = JSON.parse(await kubectl('get', 'podmetrics', '-A', '-o', 'json'))
      expect(
        whole.items.map(({ metadata }: Page['items'][number]) => `${metadata.namespace}/${metadata.name}`),
      ).toEqual(KEYS)
      const selected = await kubectl('get', 'podmetrics', '-A', '-l', 'app=tenth', '--chunk-size=300', '--no-headers')
      expect(keysOf(selected)).toEqual(KEYS.filter((key) => key.endsWith('0')))
    }, 30_000)

    it('get podmetrics in one namespace', async () => {
      const table = await kubectl('get', 'podmetrics', '-n', 'team-07', '--chunk-size=70', '--no-headers')
      expect(table.trimEnd().split('\n')).toHaveLength(500)
    }, 30_000)
  })
})
