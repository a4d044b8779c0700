import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeSwapBytesAt, swapBytesAt } from '../../sim/world/truth.ts'
import type { NodeJson, PodJson } from '../support/metrics-items.ts'
import { bytes, type MeasuredCluster, startMeasuredCluster } from './measured-cluster.ts'

const GI = 2 ** 30
const API = '/apis/metrics.k8s.io/v1beta1'
const binary = process.env.KUBECTL
const run = promisify(execFile)

let measured: MeasuredCluster

beforeAll(async () => {
  measured = await startMeasuredCluster({ swapBytes: 8 * GI })
}, 60_000)
afterAll(() => measured.stop())

const items = async <T>(resource: string): Promise<T[]> =>
  (JSON.parse((await measured.server.get(`${API}/${resource}`)).body) as { items: T[] }).items

/** Within what memory swings by in a minute. */
const closeTo = (shown: number, truth: number): boolean => Math.abs(shown - truth) <= truth * 0.02 + 8192

describe('swap of a cluster that has some', () => {
  it('is reported of every container, in bytes', async () => {
    const pods = await items<PodJson>('pods')
    expect(pods).toHaveLength(measured.runningPods().length)
    for (const { metadata, timestamp, containers } of pods) {
      const pod = measured.podOf(`${metadata.namespace}/${metadata.name}`)
      for (const { name, usage } of containers) {
        const container = pod.containers.find((c) => c.name === name)
        const truth = container && swapBytesAt(container, { swapBytes: 8 * GI }, Date.parse(timestamp) + 500)
        expect([name, closeTo(bytes(usage.swap ?? ''), truth ?? -1)]).toEqual([name, true])
      }
    }
  })

  it('is reported of every node', async () => {
    const { world } = measured.cluster
    for (const { metadata, timestamp, usage } of await items<NodeJson>('nodes')) {
      const node = world.nodes.get(metadata.name)
      if (node === undefined) throw new Error(`no node ${metadata.name}`)
      const truth = nodeSwapBytesAt(node, world.podsOn(metadata.name), Date.parse(timestamp) + 500)
      expect(truth).toBeGreaterThan(GI / 100)
      expect(closeTo(bytes(usage.swap ?? ''), truth)).toBe(true)
    }
  })

  it.skipIf(binary === undefined)('is shown by kubectl top --show-swap', async () => {
    const { admin, directory } = measured.cluster.files
    const kubectl = async (...args: string[]) => {
      const flags = [`--kubeconfig=${admin}`, `--cache-dir=${directory}/cache`]
      const { stdout } = await run(binary ?? '', [...flags, ...args, '--show-swap'])
      return stdout.trimEnd().split('\n')
    }
    const [nodeHead = '', ...nodes] = await kubectl('top', 'nodes')
    expect(nodeHead).toMatch(/SWAP\(bytes\)/)
    expect(nodes).toHaveLength(3)
    for (const line of nodes) expect(line).toMatch(/ [1-9]\d*Mi +/)
    const [podHead = '', ...pods] = await kubectl('top', 'pods', '-A')
    expect(podHead).toMatch(/SWAP\(bytes\)/)
    expect(pods).toHaveLength(measured.runningPods().length)
    for (const line of pods) expect(line).toMatch(/\d+Mi +[1-9]\d*Mi\s*$/)
  })
})
