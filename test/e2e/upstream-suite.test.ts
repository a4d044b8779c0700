import { readFileSync } from 'node:fs'
import { KubeConfig, Metrics, type PodMetric } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import type { Life } from '../../sim/world/life.ts'
import { steady } from '../../sim/world/rates.ts'
import { find, parseManifests } from '../support/manifests.ts'
import { type ServerProcess, startServer, until, untilReady } from '../system/server-process.ts'
import { bytes, nanocores } from './measured-cluster.ts'

/**
 * What the specs of upstream's e2e suite demand (metrics-server, test/e2e_test.go), in their order, against the simulated
 * cluster: the same pods, made as the suite begins, the same tolerances, and the same exact texts.
 */
const FOREVER: Life = { kind: 'forever' }
const PODS: Readonly<Record<string, readonly { readonly name: string; readonly life: Life }[]>> = {
  'cpu-consumer': [{ name: 'cpu-consumer', life: FOREVER }],
  'memory-consumer': [{ name: 'memory-consumer', life: FOREVER }],
  'initcontainer-consumer': [
    { name: 'init-container', life: { kind: 'once', upMs: 3000 } },
    { name: 'initcontainer-consumer', life: FOREVER },
  ],
  'sidecar-consumer': [
    { name: 'sidecar-consumer', life: FOREVER },
    { name: 'sidecar-container', life: FOREVER },
  ],
  'initsidecar-consumer': [
    { name: 'init-sidecar', life: FOREVER },
    { name: 'initsidecar-consumer', life: FOREVER },
  ],
}
const MEMORY = { baseBytes: 50 * 2 ** 20, swingBytes: 0, periodMs: 60_000 }

let cluster: Cluster
let server: ServerProcess
let metrics: Metrics

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, podsPerNode: 2 })
  server = await startServer(cluster)
  await untilReady(server, 30_000)
  await cluster.registerMetricsServer({ port: server.port })
  const config = new KubeConfig()
  config.loadFromFile(cluster.files.admin)
  metrics = new Metrics(config)
  const nodeName = [...cluster.world.nodes.keys()][0] as string
  for (const [name, containers] of Object.entries(PODS)) {
    const templates = containers.map((each) => ({ ...each, role: 'main' as const, rate: steady(50e6), memory: MEMORY }))
    cluster.world.addPod({ namespace: 'default', name, nodeName, containers: templates })
  }
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await cluster?.stop()
})

/** The first that is served of a pod, within the minute that upstream waits. */
async function firstOf(name: string): Promise<PodMetric> {
  const found = await until(
    async () => (await metrics.getPodMetrics('default')).items.find(({ metadata }) => metadata.name === name),
    (item) => item !== undefined,
    60_000,
  )
  return found as PodMetric
}

/** As a probe of the container asks, and verbose: upstream reads the path from the pod. */
async function probe(kind: 'readinessProbe' | 'livenessProbe'): Promise<string> {
  const manifest = readFileSync(new URL('../../manifests/base/deployment.yaml', import.meta.url), 'utf8')
  const { spec } = find(parseManifests(manifest), 'Deployment', 'metrics-server') as unknown as {
    spec: { template: { spec: { containers: Record<typeof kind, { httpGet: { path: string } }>[] } } }
  }
  const { containers } = spec.template.spec
  expect(containers).toHaveLength(1)
  const path = containers[0]?.[kind].httpGet.path
  return (await server.get(`${path}?verbose&`)).body
}

describe('what upstream’s end-to-end suite demands', () => {
  it('exposes metrics from at least one pod in cluster', async () => {
    expect((await metrics.getPodMetrics()).items).not.toEqual([])
  })

  it('exposes metrics about all nodes in cluster', async () => {
    for (const name of cluster.world.nodes.keys()) {
      const { status, body } = await server.get(`/apis/metrics.k8s.io/v1beta1/nodes/${name}`)
      expect([status, JSON.parse(body).metadata.name]).toEqual([200, name])
    }
  })

  it('returns accurate CPU metric', { timeout: 70_000 }, async () => {
    const { containers } = await firstOf('cpu-consumer')
    expect(containers).toHaveLength(1)
    const millicores = Math.ceil(nanocores(containers[0]?.usage.cpu ?? '') / 1e6)
    expect(Math.abs(millicores - 50), `${millicores}m`).toBeLessThanOrEqual(10)
  })

  it('returns accurate memory metric', { timeout: 70_000 }, async () => {
    const { containers } = await firstOf('memory-consumer')
    expect(containers).toHaveLength(1)
    expect(Math.abs(bytes(containers[0]?.usage.memory ?? '') / 2 ** 20 - 50)).toBeLessThanOrEqual(5)
  })

  it.each([
    ['init', 'initcontainer-consumer', ['initcontainer-consumer']],
    ['sideCar', 'sidecar-consumer', ['sidecar-consumer', 'sidecar-container']],
    ['init sidecar', 'initsidecar-consumer', ['init-sidecar', 'initsidecar-consumer']],
  ])('returns metric for pod with %s container', { timeout: 70_000 }, async (_, pod, names) => {
    const { containers } = await firstOf(pod)
    expect(containers.map(({ name }) => name).sort()).toEqual(names)
    for (const { usage } of containers) {
      expect(nanocores(usage.cpu)).toBeGreaterThan(0)
      expect(bytes(usage.memory)).toBeGreaterThan(0)
    }
  })

  it('passes readyz probe', async () => {
    expect(await probe('readinessProbe')).toBe(`[+]ping ok
[+]log ok
[+]poststarthook/max-in-flight-filter ok
[+]poststarthook/storage-object-count-tracker-hook ok
[+]metric-storage-ready ok
[+]metric-informer-sync ok
[+]metadata-informer-sync ok
[+]shutdown ok
readyz check passed
`)
  })

  it('passes livez probe', async () => {
    expect(await probe('livenessProbe')).toBe(`[+]ping ok
[+]log ok
[+]poststarthook/max-in-flight-filter ok
[+]poststarthook/storage-object-count-tracker-hook ok
[+]metric-collection-timely ok
[+]metadata-informer-sync ok
livez check passed
`)
  })

  it('exposes prometheus metrics', async () => {
    const { body } = await server.get('/metrics')
    const names = [...body.matchAll(/^# TYPE (metrics_server_\S+)/gm)].map(([, name]) => name)
    expect(names.sort()).toEqual([
      'metrics_server_api_metric_freshness_seconds',
      'metrics_server_kubelet_last_request_time_seconds',
      'metrics_server_kubelet_request_duration_seconds',
      'metrics_server_kubelet_request_total',
      'metrics_server_manager_tick_duration_seconds',
      'metrics_server_storage_points',
    ])
  })
})
