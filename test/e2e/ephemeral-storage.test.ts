import { execFile, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeStorageBytesAt, storageBytesAt } from '../../sim/world/truth.ts'
import { calculateReplicas, type PodState } from '../hpa/autoscaler.ts'
import type { NodeJson, PodJson } from '../support/metrics-items.ts'
import { until } from '../system/server-process.ts'
import { bytes, isTrue, type MeasuredCluster, startMeasuredCluster } from './measured-cluster.ts'

const API = '/apis/metrics.k8s.io/v1beta1'
const [COMMON, WHOLE] = ['/stats/summary?only_cpu_and_memory=true', '/stats/summary']
const STORAGE_RESOLUTION_MS = 20_000
const binary = process.env.KUBECTL
const run = promisify(execFile)
const hasJq = spawnSync('jq', ['--version']).status === 0

let measured: MeasuredCluster

const items = async <T>(resource: string): Promise<T[]> =>
  (JSON.parse((await measured.server.get(`${API}/${resource}`)).body) as { items: T[] }).items
const storageOf = (usage: Record<string, string>) => usage['ephemeral-storage']

beforeAll(async () => {
  measured = await startMeasuredCluster({}, [
    '--extra-resources=ephemeral-storage',
    `--extra-resources-resolution=${STORAGE_RESOLUTION_MS}ms`,
    '--expose-resource-metrics',
  ])
  await until(
    () => items<PodJson>('pods'),
    (pods) => pods.every(({ containers }) => containers.every(({ usage }) => storageOf(usage) !== undefined)),
    2 * STORAGE_RESOLUTION_MS,
  )
}, 90_000)
afterAll(() => measured.stop())

/** What it may have been since the last whole Summary: storage only grows in the simulated cluster. */
function expectGrown(shown: string | undefined, bytesAt: (timeMs: number) => number): void {
  const now = measured.cluster.world.nowMs()
  expect(bytes(shown ?? '')).toBeGreaterThanOrEqual(bytesAt(now - STORAGE_RESOLUTION_MS - 12_000))
  expect(bytes(shown ?? '')).toBeLessThanOrEqual(bytesAt(now))
}

describe('ephemeral storage of a cluster', () => {
  it('is what each container’s writable layer and logs truly use', async () => {
    const pods = await items<PodJson>('pods')
    expect(pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual(measured.runningPods())
    for (const { metadata, containers } of pods) {
      const pod = measured.podOf(`${metadata.namespace}/${metadata.name}`)
      for (const { name, usage } of containers) {
        const container = pod.containers.find((each) => each.name === name) ?? expect.fail(name)
        expectGrown(storageOf(usage), (timeMs) => {
          const { rootfs, logs } = storageBytesAt(container, timeMs) ?? expect.fail(name)
          return rootfs + logs
        })
      }
    }
  })

  it('is what each node’s root filesystem truly has in use', async () => {
    const { world } = measured.cluster
    const nodes = await items<NodeJson>('nodes')
    expect(nodes).toHaveLength(3)
    for (const { metadata, usage } of nodes) {
      expectGrown(storageOf(usage), (timeMs) => nodeStorageBytesAt(world.podsOn(metadata.name), timeMs))
    }
  })

  it('leaves CPU and memory true', async () => {
    for (const { metadata, timestamp, window, containers } of await items<PodJson>('pods')) {
      const pod = measured.podOf(`${metadata.namespace}/${metadata.name}`)
      for (const { name, usage } of containers) {
        const container = pod.containers.find((each) => each.name === name) ?? expect.fail(name)
        const { cpu = '', memory = '' } = usage
        expect(isTrue(container, { timestamp, window, usage: { cpu, memory } })).toBe(true)
      }
    }
  })

  it('is asked for now and then only', () => {
    for (const { asked } of measured.cluster.kubelets.values()) {
      const [common = 0, whole = 0] = [asked.get(COMMON), asked.get(WHOLE)]
      expect(whole).toBeGreaterThan(0)
      expect(whole).toBeLessThan(common)
    }
  })

  it('is a metric of each container at /metrics/resource', async () => {
    const { body } = await measured.server.get('/metrics/resource')
    const series = body.split('\n').filter((line) => line.startsWith('container_ephemeral_storage_usage_bytes{'))
    const containers = measured.runningPods().flatMap((key) => measured.podOf(key).containers)
    expect(series).toHaveLength(containers.length)
    for (const line of series)
      expect(line).toMatch(/^\S+\{container="[^"]+",namespace="[^"]+",node="node-0\d",pod="[^"]+"\} \d+ \d{13}$/)
  })

  it('is what the autoscaler’s request is answered with, of every container', async () => {
    const [key = ''] = measured.runningPods().filter((each) => each.startsWith('shop/'))
    const { namespace, labels } = measured.podOf(key)
    const path = `${API}/namespaces/${namespace}/pods?labelSelector=app%3D${labels.app}`
    const { items: pods } = JSON.parse((await measured.server.get(path)).body) as { items: PodJson[] }
    expect(pods.length).toBeGreaterThan(0)
    for (const { containers } of pods) {
      for (const { usage } of containers) expect(bytes(storageOf(usage) ?? '')).toBeGreaterThan(0)
    }
  })
})

describe.skipIf(binary === undefined)('an unmodified kubectl', () => {
  async function kubectl(...args: string[]): Promise<string> {
    const { admin, directory } = measured.cluster.files
    return (await run(binary ?? '', [`--kubeconfig=${admin}`, `--cache-dir=${directory}/cache`, ...args])).stdout
  }
  const table = async (...args: string[]) =>
    (await kubectl(...args))
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/\s+/))

  it('shows it with -o wide, and not without', async () => {
    const [head, ...rows] = await table('get', 'podmetrics', '-A', '-o', 'wide')
    expect(head).toEqual(['NAMESPACE', 'NAME', 'CPU', 'MEMORY', 'WINDOW', 'EPHEMERAL-STORAGE'])
    expect(rows).toHaveLength(measured.runningPods().length)
    for (const row of rows) expect(row.at(-1)).toMatch(/^\d+Ki?$|^\d+(Mi)?$/)
    expect((await table('get', 'podmetrics', '-A'))[0]).toEqual(['NAMESPACE', 'NAME', 'CPU', 'MEMORY', 'WINDOW'])
    const [nodeHead, ...nodes] = await table('get', 'nodemetrics', '-o', 'wide')
    expect(nodeHead?.at(-1)).toBe('EPHEMERAL-STORAGE')
    expect(nodes).toHaveLength(3)
  })

  it.skipIf(!hasJq)('and jq do what the documentation shows', async () => {
    const text = await readFile(new URL('../../docs/ephemeral-storage.md', import.meta.url), 'utf8')
    const commands = [...text.matchAll(/```sh\n(kubectl [\s\S]+?)\n```/g)].map(([, command = '']) => command)
    expect(commands).toHaveLength(2)
    const { admin } = measured.cluster.files
    const script = (command: string) => command.replace(/^kubectl/, `"${binary}" --kubeconfig="${admin}"`)
    for (const command of commands) {
      const { stdout } = await run('bash', ['-o', 'pipefail', '-c', script(command)])
      const lines = stdout.trimEnd().split('\n')
      expect(lines.length).toBeGreaterThanOrEqual(5)
      for (const line of lines) expect(line).toMatch(/^[a-z-]+\/[a-z0-9/-]+\t[1-9]\d*Mi$/)
    }
  })

  it('gets for the autoscaler’s account what its controller scales by', async () => {
    const now = measured.cluster.world.nowMs()
    const path = `${API}/namespaces/shop/pods?labelSelector=app%3Dcache`
    const { stdout } = await run(binary ?? '', [`--kubeconfig=${measured.cluster.files.hpa}`, 'get', '--raw', path])
    const { items: pods } = JSON.parse(stdout) as { items: PodJson[] }
    const used = pods.map(({ containers }) =>
      containers.reduce((sum, { usage }) => sum + bytes(storageOf(usage) ?? ''), 0),
    )
    const average = used.reduce((sum, one) => sum + one, 0) / used.length
    expect(average).toBeGreaterThan(2 ** 20)
    const metrics = new Map(
      pods.map(({ metadata, timestamp }, i) => [
        metadata.name,
        { timestampMs: Date.parse(timestamp), windowMs: 10_000, millicores: used[i] ?? Number.NaN },
      ]),
    )
    const startTimeMs = now - 3_600_000
    const states: PodState[] = pods.map(({ metadata: { name } }) => ({
      ...{ name, phase: 'Running', isDeleting: false, startTimeMs, requestMillicores: 0 },
      ready: { status: true, lastTransitionMs: startTimeMs },
    }))
    // The controller takes any resource; its rule for an average value knows no unit.
    const replicasFor = (averageValue: number) =>
      calculateReplicas(pods.length, states, metrics, { millicores: averageValue }, now)?.replicas
    expect(replicasFor(average)).toBe(pods.length)
    expect(replicasFor(average / 2)).toBe(2 * pods.length)
  })

  it('gets it as YAML and by --raw, and tops as before', async () => {
    expect(await kubectl('get', 'podmetrics', '-A', '-o', 'yaml')).toMatch(/ephemeral-storage: "?\d+(Ki|Mi)?"?\n/)
    const { items: nodes } = JSON.parse(await kubectl('get', '--raw', `${API}/nodes`)) as { items: NodeJson[] }
    for (const { usage } of nodes) expect(storageOf(usage)).toMatch(/^\d+(Ki|Mi|Gi)?$/)
    expect((await table('top', 'pods', '-A'))[0]).toEqual(['NAMESPACE', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'])
  })
})
