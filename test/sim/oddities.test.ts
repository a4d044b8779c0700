import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import * as odd from '../../sim/kubelet/oddities.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { httpsGet } from './https-get.ts'

let clock: ManualClock
let cluster: Cluster
beforeAll(async () => {
  clock = createManualClock()
  cluster = await startCluster({ nodes: 2, podsPerNode: 3, clock })
})
afterAll(() => cluster.stop())
afterEach(async () => {
  kubelet().setManner(undefined)
  await kubelet().setFault(undefined)
})

function kubelet() {
  const found = cluster.kubelets.get('node-01')
  if (found === undefined) throw new Error('node-01 has no kubelet')
  return found
}

const get = (path: string) =>
  httpsGet(`https://127.0.0.1:${kubelet().port}${path}`, {
    ca: cluster.authorities.cluster.certPem,
    servername: 'node-01',
    headers: { authorization: `Bearer ${cluster.access.serverToken}` },
  })

interface Figures {
  readonly name?: string
  readonly startTime: string
  readonly cpu: { readonly time: string; readonly usageNanoCores: number; readonly usageCoreNanoSeconds: number }
  readonly memory: { readonly workingSetBytes: number }
}
interface Summary {
  readonly node: Figures & { readonly nodeName: string }
  readonly pods: readonly { readonly podRef: { name: string; uid: string }; readonly containers: readonly Figures[] }[]
}

const parse = (body: string) => JSON.parse(body) as Summary
const summary = async () => parse((await get('/stats/summary')).body)
const containers = ({ pods }: Summary) => pods.flatMap((pod) => pod.containers)
const now = () => `${new Date(clock.wallMs()).toISOString().slice(0, 19)}Z`

describe('a simulated kubelet that is odd', () => {
  it.each<[string, odd.Oddity, (said: Summary) => void]>([
    [
      'a counter of 0',
      odd.ofAll(odd.counterZero),
      (s) => expect([s.node, ...containers(s)].every((c) => c.cpu.usageCoreNanoSeconds === 0)).toBe(true),
    ],
    [
      'a counter near 2^64',
      odd.ofContainers(odd.counterJump),
      (s) => expect(containers(s)[0]?.cpu.usageCoreNanoSeconds).toBeGreaterThan(1e19),
    ],
    [
      'memory beyond the machine',
      odd.ofNode(odd.memoryBeyondMachine),
      (s) => expect(s.node.memory.workingSetBytes).toBeGreaterThan(1e19),
    ],
    [
      'times of 1970',
      odd.ofContainers(odd.timeOf1970),
      (s) => expect(containers(s)[0]?.cpu.time).toBe('1970-01-01T00:00:00Z'),
    ],
    ['no pods', odd.noPods, (s) => expect(s.pods).toEqual([])],
    ['another node', odd.anotherNode('node-02'), (s) => expect(s.node.nodeName).toBe('node-02')],
    [
      'an unnamed total',
      odd.unnamedTotal,
      (s) => expect(s.pods.every((pod) => pod.containers.at(-1)?.name === '')).toBe(true),
    ],
  ])('says %s', async (_, oddity, check) => {
    kubelet().setManner({ oddity })
    check(await summary())
  })

  it('has twins and containers twice, in the order that is wanted', async () => {
    const usual = await summary()
    kubelet().setManner({ oddity: odd.twins('old-first') })
    const refs = (await summary()).pods.map(({ podRef }) => podRef.uid)
    expect(refs).toEqual(usual.pods.flatMap(({ podRef: { uid } }) => [`old-${uid}`, uid]))
    kubelet().setManner({ oddity: odd.containersTwice('new-first') })
    const [pod] = (await summary()).pods
    const starts = pod?.containers.map(({ startTime }) => Date.parse(startTime)) ?? []
    expect(starts).toHaveLength(2 * (usual.pods[0]?.containers.length ?? 0))
    expect(starts[0]).toBeGreaterThan(starts.at(-1) ?? 0)
  })

  it('is so in one answer alone, when that is wanted, and in several ways at a time', async () => {
    const both = odd.together(odd.ofContainers(odd.counterZero), odd.ofContainers(odd.startedJustNow(12_000)))
    kubelet().setManner({ oddity: odd.once(both) })
    const [first] = containers(await summary())
    expect(first?.cpu.usageCoreNanoSeconds).toBe(0)
    expect(Date.parse(first?.startTime ?? '')).toBe(Math.floor((clock.wallMs() - 12_000) / 1000) * 1000)
    expect(containers(await summary())[0]?.cpu.usageCoreNanoSeconds).toBeGreaterThan(0)
  })

  it('reports what its runtime sampled, again and again', async () => {
    kubelet().setManner(odd.KEEPING_RUNTIME)
    const times = new Set<string>()
    for (let second = 0; second < 30; second++) {
      const [first] = containers(await summary())
      times.add(first?.cpu.time ?? '')
      await clock.advance(1000)
    }
    expect(times.size).toBeGreaterThanOrEqual(2)
    expect(times.size).toBeLessThanOrEqual(4)
    expect([...times].every((time) => time <= now())).toBe(true)
  })

  it('sends the same in other forms', async () => {
    kubelet().setManner({ form: 'gzip' })
    const packed = await get('/stats/summary')
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(parse(gunzipSync(packed.bytes).toString()).node.nodeName).toBe('node-01')
    kubelet().setManner({ form: 'byte-order-mark' })
    expect((await get('/stats/summary')).body.startsWith('\ufeff{')).toBe(true)
    kubelet().setManner({ form: 'early-hints' })
    expect((await summary()).node.nodeName).toBe('node-01')
    kubelet().setManner({ form: 'no-last-line-feed' })
    const cut = await get('/metrics/resource')
    expect(cut.body).toMatch(/resource_scrape_error 0$/)
    expect(cut.headers['content-length']).toBe(String(cut.bytes.length))
    kubelet().setManner({ form: 'quoted-name' })
    expect((await get('/metrics/resource')).body).toMatch(/^\{"process.cpu.time"/)
  })

  it('answers late when it is busy, with what it sampled before', async () => {
    await kubelet().setFault({ kind: 'busy', longestMs: 20 })
    expect((await summary()).node.nodeName).toBe('node-01')
  })
})
