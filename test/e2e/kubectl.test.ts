import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isTrue, type MeasuredCluster, startMeasuredCluster } from './measured-cluster.ts'

const binary = process.env.KUBECTL
const run = promisify(execFile)

describe.skipIf(binary === undefined)('an unmodified kubectl', () => {
  let measured: MeasuredCluster

  beforeAll(async () => {
    measured = await startMeasuredCluster()
  }, 60_000)
  afterAll(() => measured.stop())

  /** Standard output, split into lines and columns. */
  async function table(...args: string[]): Promise<string[][]> {
    const lines = (await kubectl(...args)).trimEnd().split('\n')
    return lines.map((line) => line.trim().split(/\s{2,}|\s+/))
  }
  async function kubectl(...args: string[]): Promise<string> {
    const { admin, directory } = measured.cluster.files
    const { stdout } = await run(binary ?? '', [`--kubeconfig=${admin}`, `--cache-dir=${directory}/cache`, ...args])
    return stdout
  }
  const podsShown = (rows: string[][]) => rows.slice(1).map(([namespace, name]) => `${namespace}/${name}`)

  it('top nodes', async () => {
    const [head, ...rows] = await table('top', 'nodes')
    expect(head).toEqual(['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'])
    expect(rows.map(([name]) => name)).toEqual(['node-01', 'node-02', 'node-03'])
    for (const [, cpu, part, memory] of rows) {
      expect(cpu).toMatch(/^[1-9]\d*m$/)
      expect(part).toMatch(/^\d+%$/)
      expect(memory).toMatch(/^[1-9]\d*Mi$/)
    }
  })

  it('top node NAME', async () => {
    const [, row, ...others] = await table('top', 'node', 'node-02')
    expect(row?.[0]).toBe('node-02')
    expect(others).toEqual([])
  })

  it('top pods -A', async () => {
    const rows = await table('top', 'pods', '-A')
    expect(rows[0]).toEqual(['NAMESPACE', 'NAME', 'CPU(cores)', 'MEMORY(bytes)'])
    expect(podsShown(rows).sort()).toEqual(measured.runningPods())
  })

  it('top pods -A --containers', async () => {
    const rows = (await table('top', 'pods', '-A', '--containers')).slice(1)
    const shown = rows.map(([namespace, pod]) => `${namespace}/${pod}`)
    expect([...new Set(shown)].sort()).toEqual(measured.runningPods())
    expect(shown.length).toBeGreaterThan(measured.runningPods().length)
  })

  it('top pods -l app=…', async () => {
    const { labels, namespace } = measured.podOf(measured.runningPods()[0] ?? '')
    const rows = await table('top', 'pods', '-n', namespace, '-l', `app=${labels.app}`)
    const matching = measured.runningPods().filter((key) => {
      const pod = measured.podOf(key)
      return pod.namespace === namespace && pod.labels.app === labels.app
    })
    expect(
      rows
        .slice(1)
        .map(([name]) => `${namespace}/${name}`)
        .sort(),
    ).toEqual(matching)
  })

  it('top pods -A --sort-by=cpu', async () => {
    const millicores = (await table('top', 'pods', '-A', '--sort-by=cpu'))
      .slice(1)
      .map((row) => Number.parseInt(row[2] ?? '', 10))
    expect(millicores).toEqual(millicores.toSorted((a, b) => b - a))
    expect(millicores[0]).toBeGreaterThan(0)
  })

  it('get podmetrics -A, and get nodemetrics', async () => {
    const pods = await table('get', 'podmetrics', '-A')
    expect(pods[0]).toEqual(['NAMESPACE', 'NAME', 'CPU', 'MEMORY', 'WINDOW'])
    expect(podsShown(pods)).toEqual(measured.runningPods())
    expect((await table('get', 'nodemetrics')).slice(1).map(([name]) => name)).toEqual([
      'node-01',
      'node-02',
      'node-03',
    ])
  })

  it('get podmetrics -A --chunk-size=5, and get nodemetrics --chunk-size=1', async () => {
    const pods = await table('get', 'podmetrics', '-A', '--chunk-size=5')
    expect(pods.filter(([head]) => head === 'NAMESPACE')).toHaveLength(1)
    expect(podsShown(pods)).toEqual(measured.runningPods())
    const first = JSON.parse(await kubectl('get', '--raw', '/apis/metrics.k8s.io/v1beta1/pods?limit=5'))
    expect(first.items).toHaveLength(5)
    expect(first.metadata.remainingItemCount).toBe(measured.runningPods().length - 5)
    const nodes = await table('get', 'nodemetrics', '--chunk-size=1', '--no-headers')
    expect(nodes.map(([name]) => name)).toEqual(['node-01', 'node-02', 'node-03'])
  })

  it('get --raw, each container true to what it burns', async () => {
    const key = measured.runningPods().find((candidate) => candidate.startsWith('shop/')) ?? ''
    const pod = measured.podOf(key)
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${pod.namespace}/pods/${pod.name}`
    const { timestamp, window, containers } = JSON.parse(await kubectl('get', '--raw', path))
    expect(containers.map(({ name }: { name: string }) => name).sort()).toEqual(
      pod.containers.map((c) => c.name).sort(),
    )
    for (const { name, usage } of containers) {
      const container = pod.containers.find((candidate) => candidate.name === name)
      expect(container && isTrue(container, { timestamp, window, usage })).toBe(true)
    }
  })

  it('api-resources, explain and auth can-i', async () => {
    const resources = await table('api-resources', '--api-group=metrics.k8s.io', '--no-headers')
    expect(resources.map((row) => row.at(-1))).toEqual(['NodeMetrics', 'PodMetrics'])
    expect(await kubectl('explain', 'podmetrics')).toMatch(/KIND: +PodMetrics/)
    expect(await kubectl('explain', 'nodemetrics.usage')).toMatch(/FIELD: usage <map\[string\]Quantity>/)
    expect((await kubectl('auth', 'can-i', 'list', 'pods.metrics.k8s.io')).trim()).toBe('yes')
  })

  it('is refused by name when it may not ask', async () => {
    const viewer = [`--kubeconfig=${measured.cluster.files.viewer}`]
    const refused = run(binary ?? '', [...viewer, 'top', 'nodes'])
    await expect(refused).rejects.toMatchObject({
      stderr: expect.stringContaining('User "viewer" cannot list resource "nodes"'),
    })
  })
})
