import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Oddity, twins } from '../../sim/kubelet/oddities.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import type { ClusterFacts, DoctorSettings, Examination } from '../../src/doctor/facts.ts'
import { podsSection } from '../../src/doctor/pods.ts'
import { createKubeletProbe } from '../../src/kubelet/diagnose/kubelet-probe.ts'
import { createSystemClock } from '../../src/model/clock.ts'
import type { NodeRecord } from '../../src/model/cluster-objects.ts'
import type { PodSeen } from '../../src/model/diagnosis.ts'
import { unpackSamples } from '../../src/model/sample-rows.ts'

const RESOLUTION_MS = 15_000

let cluster: Cluster
let node: NodeRecord
let probe: ReturnType<typeof createKubeletProbe>
let pod: PodSeen
const summary = 'summary' as const

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 4 })
  const [kubelet] = [...cluster.kubelets.values()]
  node = {
    ...{ name: 'node-01', uid: 'u', labels: [], resourceMetricsPath: undefined },
    ...{ addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], kubeletPort: kubelet?.port },
  }
  probe = createKubeletProbe({
    clock: createSystemClock(),
    scheme: 'https',
    port: kubelet?.port ?? 0,
    useNodeStatusPort: true,
    preferredAddressTypes: ['InternalIP'],
    requestTimeoutMs: 5000,
    keepAliveMs: 5000,
    source: summary,
    tls: { insecure: true, ca: undefined, cert: undefined, key: undefined },
    authorization: () => Promise.resolve(`Bearer ${cluster.access.serverToken}`),
  })
  const [first] = [...cluster.world.podsOn('node-01')]
  if (first === undefined) throw new Error('the cluster has no pod')
  pod = { namespace: first.namespace, name: first.name, uid: first.uid, createdMs: 0, nodeName: 'node-01' }
})
afterAll(async () => {
  await probe.close()
  await cluster.stop()
})

const says = (oddity: Oddity | undefined) => cluster.kubelets.get('node-01')?.setManner(oddity && { oddity })

/** Each pod has two containers, and neither of them has a name. */
const unnamed: Oddity = (report) => ({
  ...report,
  pods: report.pods.map((each) => {
    const nameless = each.containers.map((one) => ({ ...one, container: { ...one.container, name: '' } }))
    return { ...each, containers: [...nameless, ...nameless] }
  }),
})

/** What the doctor says of the pod when nothing is served. */
async function explained(seen: PodSeen) {
  const cluster: Partial<ClusterFacts> = {
    runningPods: () => Promise.resolve({ found: [seen] }),
    servedPods: () => Promise.resolve({ found: new Set<string>() }),
    pod: () => Promise.resolve(seen),
  }
  const examination: Examination = {
    cluster: cluster as ClusterFacts,
    kubelets: probe,
    settings: { nodeSelector: '', resolutionMs: RESOLUTION_MS } as DoctorSettings,
    wallMs: () => Date.now(),
    progress: () => {},
  }
  const { checks } = await podsSection(examination, { nodes: [node], faults: new Map(), noMetrics: undefined })
  return checks.find(({ check }) => check === 'pod')
}

describe('a pod without metrics', () => {
  it.each([
    'old-first',
    'new-first',
  ] as const)('is the one with the uid of the API, of two of its name (%s)', async (order) => {
    says(twins(order))
    const found = await probe.podOf(node, pod)
    const older = await probe.podOf(node, { ...pod, uid: `old-${pod.uid}` })
    expect(found.sample?.uid).toBe(pod.uid)
    expect(older.sample?.uid).toBe(`old-${pod.uid}`)
    expect((await explained(pod))?.reason).toBe('not-yet')
    says(undefined)
  })

  it('is not reported when only another pod of its name is', async () => {
    expect((await probe.podOf(node, { ...pod, uid: 'another' })).sample).toBeUndefined()
    expect(await explained({ ...pod, uid: 'another' })).toMatchObject({
      reason: 'not-reported',
      message: 'no metrics: the kubelet of its node node-01 does not report it',
    })
  })

  it('is found by its name where its uid is not known', async () => {
    const { sample } = await probe.podOf(node, { ...pod, uid: '' })
    expect(sample && unpackSamples(sample.containers).length).toBeGreaterThan(0)
  })

  it('is reported, where its kubelet reports it in a way that cannot be served', async () => {
    says(unnamed)
    const { message, reason } = (await explained(pod)) ?? {}
    says(undefined)
    expect(reason).toBe('left-out')
    expect(message).toContain('in a way that cannot be served')
    expect(message).not.toContain('does not report')
  })
})
