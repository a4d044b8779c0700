import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import type { KubeletFault } from '../../sim/kubelet/faults.ts'
import { cpuNanosecondsAt } from '../../sim/world/truth.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'
import { type Answer, httpsGet } from './https-get.ts'

const SUMMARY = '/stats/summary?only_cpu_and_memory=true'
const RESOURCE = '/metrics/resource'

let clock: ManualClock
let cluster: Cluster
beforeAll(async () => {
  clock = createManualClock()
  cluster = await startCluster({ nodes: 1, podsPerNode: 7, clock })
})
afterAll(() => cluster.stop())
afterEach(() => kubelet().setFault(undefined))

const recorded = (name: string) => readFile(new URL(`../fixtures/kubelet/${name}`, import.meta.url), 'utf8')

function kubelet() {
  const found = cluster.kubelets.get('node-01')
  if (found === undefined) throw new Error('node-01 has no kubelet')
  return found
}

const asServer = () => ({ authorization: `Bearer ${cluster.access.serverToken}` })

function get(path: string, headers: Record<string, string> = asServer(), servername = 'node-01'): Promise<Answer> {
  const ca = cluster.authorities.cluster.certPem
  return httpsGet(`https://127.0.0.1:${kubelet().port}${path}`, { ca, servername, headers })
}

/** Names of all fields, in their order, without what differs from one element of a list to the next. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.entries(value).map(([name, inner]) => [name, shape(inner)])
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly namespace: string; readonly name: string }
    readonly containers: readonly {
      readonly name: string
      readonly cpu: { readonly usageNanoCores: number; readonly usageCoreNanoSeconds: number }
    }[]
  }[]
}

const summary = async () => JSON.parse((await get(SUMMARY)).body) as Summary

const bodyOf = (answer: string) => answer.slice(answer.search(/\r?\n\r?\n/)).trimStart()

const families = (exposition: string) => exposition.split('\n').filter((line) => line.startsWith('#'))

describe('a simulated kubelet', () => {
  it('writes the Summary as a real one does', async () => {
    const { status, headers, body } = await get(SUMMARY)
    const real = await recorded('summary-2.json')
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    expect(shape(JSON.parse(body))).toEqual(shape(JSON.parse(real)))
    expect(body.split('\n').slice(0, 4).join().replace('node-01', 'real-node')).toBe(
      real.split('\n').slice(0, 4).join(),
    )
  })

  it('writes /metrics/resource as a real one does, packed when asked', async () => {
    const { headers, body } = await get(RESOURCE)
    expect(families(body)).toEqual(families(await recorded('resource-2.txt')))
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores')
    const packed = await get(RESOURCE, { ...asServer(), 'accept-encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(families(gunzipSync(packed.bytes).toString())).toEqual(families(body))
  })

  it('reports the truth: counters of the moment, and the rate since the last request', async () => {
    const now = () => Math.floor(cluster.world.nowMs())
    const before = now()
    await summary()
    await clock.advance(15_000)
    for (const pod of (await summary()).pods) {
      for (const { name, cpu } of pod.containers) {
        const truth = cluster.world.pod(pod.podRef.namespace, pod.podRef.name)?.containers.find((c) => c.name === name)
        const counter = (timeMs: number) => (truth && cpuNanosecondsAt(truth, timeMs)) ?? Number.NaN
        expect(cpu.usageCoreNanoSeconds).toBe(Math.floor(counter(now())))
        const restarted = !(counter(now()) >= counter(before))
        if (!restarted) expect(Math.abs(cpu.usageNanoCores - (counter(now()) - counter(before)) / 15)).toBeLessThan(2)
      }
    }
  })

  it('starts its counters at 0 when the machine boots', async () => {
    kubelet().reboot()
    await clock.advance(1000)
    for (const { containers } of (await summary()).pods) {
      for (const { cpu } of containers) {
        expect(cpu.usageNanoCores).toBe(0)
        expect(cpu.usageCoreNanoSeconds).toBeLessThan(2e9)
      }
    }
  })

  it.each([
    ['no credentials', {}, 'no-credentials.http'],
    ['a token of nobody', { authorization: 'Bearer x' }, 'bad-token.http'],
  ])('refuses %s with the words of a real one', async (_, headers, file) => {
    const { status, body } = await get(SUMMARY, headers)
    expect(status).toBe(401)
    expect(body).toBe(bodyOf(await recorded(file)))
  })

  it('names who may not ask for what', async () => {
    const authorization = `Bearer ${cluster.access.hpaToken}`
    const { status, body } = await get(RESOURCE, { authorization })
    expect(status).toBe(403)
    const user = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler'
    const real = bodyOf(await recorded('no-rbac-resource.http'))
    expect(body).toBe(real.replace('system:serviceaccount:default:default', user))
  })

  it('has a certificate for its name, not for its address', async () => {
    await expect(get(SUMMARY, asServer(), '')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it.each<[KubeletFault, (answer: Answer) => void]>([
    [{ kind: 'status', status: 500 }, ({ status }) => expect(status).toBe(500)],
    [{ kind: 'status', status: 403, only: 'resource' }, ({ status }) => expect(status).toBe(200)],
    [{ kind: 'redirect', location: 'https://127.0.0.1:1/' }, ({ status }) => expect(status).toBe(302)],
    [{ kind: 'garbage' }, ({ body }) => expect(() => JSON.parse(body)).toThrow(SyntaxError)],
  ])('can be made to answer wrongly: %o', async (fault, check) => {
    await kubelet().setFault(fault)
    check(await get(SUMMARY))
  })

  it.each<[KubeletFault, string]>([
    [{ kind: 'refuse' }, 'ECONNREFUSED'],
    [{ kind: 'cut' }, 'ECONNRESET'],
  ])('can be made to break off: %o', async (fault, code) => {
    await kubelet().setFault(fault)
    await expect(get(SUMMARY)).rejects.toMatchObject({ code })
    await kubelet().setFault(undefined)
    expect((await get(SUMMARY)).status).toBe(200)
  })
})
