import { CoreV1Api, KubeConfig, Metrics, topNodes, topPods } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytes, isTrue, type MeasuredCluster, nanocores, startMeasuredCluster } from './measured-cluster.ts'

let measured: MeasuredCluster
let config: KubeConfig

beforeAll(async () => {
  measured = await startMeasuredCluster()
  config = new KubeConfig()
  config.loadFromFile(measured.cluster.files.admin)
}, 60_000)
afterAll(() => measured.stop())

describe('@kubernetes/client-node, through the aggregation layer', () => {
  it('reads the metrics of all nodes', async () => {
    const { items } = await new Metrics(config).getNodeMetrics()
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['node-01', 'node-02', 'node-03'])
    for (const { usage } of items) {
      expect(nanocores(usage.cpu)).toBeGreaterThan(0)
      expect(bytes(usage.memory)).toBeGreaterThan(0)
    }
  })

  it('reads the metrics of all pods, each container true to what it burns', async () => {
    const { items } = await new Metrics(config).getPodMetrics()
    const keys = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    expect(keys).toEqual(measured.runningPods())
    for (const { metadata, timestamp, window, containers } of items) {
      const pod = measured.podOf(`${metadata.namespace}/${metadata.name}`)
      for (const { name, usage } of containers) {
        const container = pod.containers.find((candidate) => candidate.name === name)
        const served = { timestamp, window, usage }
        expect(container && isTrue(container, served), `${pod.name}/${name} ${JSON.stringify(served)}`).toBe(true)
      }
    }
  })

  it('reads the metrics of one namespace', async () => {
    const { items } = await new Metrics(config).getPodMetrics('shop')
    expect(items.length).toBeGreaterThan(0)
    expect(new Set(items.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop']))
  })

  it('finds usage of every running pod by topPods', async () => {
    const pods = await topPods(config.makeApiClient(CoreV1Api), new Metrics(config))
    const used = pods.filter(({ CPU, Memory }) => Number(CPU.CurrentUsage) >= 0 && Number(Memory.CurrentUsage) > 0)
    const keys = used.map(({ Pod }) => `${Pod.metadata?.namespace}/${Pod.metadata?.name}`)
    expect(keys.sort()).toEqual(measured.runningPods())
  })

  it('finds every node by topNodes', async () => {
    const nodes = await topNodes(config.makeApiClient(CoreV1Api))
    expect(nodes.map(({ Node }) => Node.metadata?.name)).toEqual(['node-01', 'node-02', 'node-03'])
  })
})
