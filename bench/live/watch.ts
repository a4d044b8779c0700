import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../sim/cluster.ts'
import { startPodOf } from '../../sim/world/changes.ts'
import type { SimPod } from '../../sim/world/things.ts'
import { cpuNanosecondsAt } from '../../sim/world/truth.ts'
import { keyOf } from '../../sim/world/world.ts'
import { type NodeJson, nodeItem, type PodJson, podItem } from '../../test/support/metrics-items.ts'
import type { Asker } from './asker.ts'

/** Of a workload with a steady load: what its containers are served with can be compared to the nanocore. */
const STEADY = { key: 'shop/cache', query: 'pods?labelSelector=app%3Dcache' }
const EVERY_MS = 500
const NEW_PODS = 20
/** The API cuts timestamps to whole seconds: the true one is within the second after. */
const MEANT_MS = Array.from({ length: 20 }, (_, i) => i * 50)

export interface Watched {
  /** Age of each node as it is served, at each look, milliseconds. */
  readonly nodeAgesMs: readonly number[]
  readonly podAgesMs: readonly number[]
  /** Deviation of each container's CPU from the truth over its window, as a share of it. */
  readonly cpuErrors: readonly number[]
  /** From a new pod's start to its first metrics, milliseconds; only of those that got any. */
  readonly newPodMs: readonly number[]
}

/** Looks at what is served for some time. New pods are started at the beginning, over one resolution. */
export async function watchServed(cluster: Cluster, asker: Asker, lastsMs: number): Promise<Watched> {
  const { world } = cluster
  const watched = { nodeAgesMs: [], podAgesMs: [], cpuErrors: [], newPodMs: [] } as {
    -readonly [K in keyof Watched]: number[]
  }
  const begin = performance.now()
  const waiting = new Map<string, SimPod>()
  const startedNow = new Set<string>()
  const judged = new Map<string, string>()
  let started = 0
  while (performance.now() - begin < lastsMs) {
    if (started < NEW_PODS) {
      const pod = startNewPod(cluster, started++)
      if (pod !== undefined) {
        waiting.set(keyOf(pod), pod)
        startedNow.add(keyOf(pod))
      }
    }
    const [nodes, pods] = await Promise.all([asker.list<NodeJson>('nodes'), asker.list<PodJson>(STEADY.query)])
    const now = world.nowMs()
    for (const item of nodes) watched.nodeAgesMs.push(now - nodeItem(item).metrics.timestampMs)
    for (const item of pods) {
      const { record, metrics } = podItem(item)
      const key = keyOf(record)
      const isNew = waiting.get(key)
      if (isNew !== undefined) watched.newPodMs.push(now - isNew.createdMs)
      waiting.delete(key)
      watched.podAgesMs.push(now - metrics.timestampMs)
      // The start of a container is no steady load.
      if (startedNow.has(key) || judged.get(key) === item.timestamp) continue
      judged.set(key, item.timestamp)
      watched.cpuErrors.push(...errorsOf(world.pod(record.namespace, record.name), metrics))
    }
    await sleep(EVERY_MS)
  }
  return watched
}

function startNewPod(cluster: Cluster, number: number): SimPod | undefined {
  const { world } = cluster
  const workload = world.workloads.get(STEADY.key)
  const names = [...world.nodes.keys()]
  const nodeName = names[Math.floor((number * names.length) / NEW_PODS)]
  return workload && nodeName !== undefined ? startPodOf(world, workload, nodeName, number) : undefined
}

function errorsOf(pod: SimPod | undefined, metrics: ReturnType<typeof podItem>['metrics']): number[] {
  const { timestampMs, windowMs } = metrics
  return metrics.containers.flatMap(({ name, usage }) => {
    const container = pod?.containers.find((c) => c.name === name)
    if (container === undefined) return []
    const truths = MEANT_MS.map((off) => {
      const to = cpuNanosecondsAt(container, timestampMs + off)
      const from = cpuNanosecondsAt(container, timestampMs + off - windowMs) ?? 0
      return to === undefined ? Number.NaN : ((to - from) / windowMs) * 1000
    })
    const errors = truths.map((truth) => Math.abs(usage.cpuNanocores - truth) / truth).filter(Number.isFinite)
    return errors.length === 0 ? [] : [Math.min(...errors)]
  })
}
