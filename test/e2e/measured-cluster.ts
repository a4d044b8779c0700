import { type Cluster, type ClusterOptions, startCluster } from '../../sim/cluster.ts'
import type { SimContainer, SimPod } from '../../sim/world/things.ts'
import { cpuNanosecondsAt, lasts, memoryBytesAt, phaseAt } from '../../sim/world/truth.ts'
import { type ServerProcess, startServer, until } from '../system/server-process.ts'

/** A simulated cluster whose metrics come from the real server, through the aggregation layer. */
export interface MeasuredCluster {
  readonly cluster: Cluster
  readonly server: ServerProcess
  /** "namespace/name" of every running pod, sorted. */
  runningPods(): string[]
  podOf(key: string): SimPod
  stop(): Promise<void>
}

const keyOf = (pod: SimPod): string => `${pod.namespace}/${pod.name}`

/** Resolves when every node and every running pod is served; `flags` are the server's. */
export async function startMeasuredCluster(
  options: ClusterOptions = {},
  flags: readonly string[] = [],
): Promise<MeasuredCluster> {
  const cluster = await startCluster({ nodes: 3, podsPerNode: 8, ...options })
  // Which pods are served must not depend on the moment: in a crash loop they are not, for a while after each start.
  for (const pod of [...cluster.world.pods]) if (!lasts(pod)) cluster.world.deletePod(pod)
  const server = await startServer(cluster, flags)
  const pods = () => {
    const now = cluster.world.nowMs()
    return [...cluster.world.pods].filter((pod) => phaseAt(pod, now) === 'Running')
  }
  const runningPods = () => pods().map(keyOf).sort()
  await until(
    () => server.names('nodes'),
    (names) => names.length === 3,
    20_000,
  )
  await until(
    () => server.names('pods'),
    (names) => names.join() === runningPods().join(),
    20_000,
  )
  await cluster.registerMetricsServer({ port: server.port })
  return {
    cluster,
    server,
    runningPods,
    podOf(key) {
      const pod = pods().find((candidate) => keyOf(candidate) === key)
      if (pod === undefined) throw new Error(`no pod ${key} is running`)
      return pod
    },
    async stop() {
      await server.stop()
      await cluster.stop()
    },
  }
}

const UNITS = new Map([
  ['n', 1],
  ['u', 1e3],
  ['m', 1e6],
  ['', 1e9],
])

/** A quantity of CPU in nanocores. */
export function nanocores(quantity: string): number {
  const match = /^(\d+)([num]?)$/.exec(quantity)
  return Number(match?.[1]) * (UNITS.get(match?.[2] ?? '?') ?? Number.NaN)
}

/** A quantity of memory in bytes. */
export function bytes(quantity: string): number {
  const match = /^(\d+)(Ki|Mi|Gi)?$/.exec(quantity)
  return Number(match?.[1]) * 1024 ** ['', 'Ki', 'Mi', 'Gi'].indexOf(match?.[2] ?? '')
}

export interface Measurement {
  /** To the second: what it is of ended within the second that begins here. */
  readonly timestamp: string
  readonly window: string
  readonly usage: { readonly cpu: string; readonly memory: string }
}

/** Whether a container's usage is what it truly burned and held over the window that is told, within 2 %. */
export function isTrue(container: SimContainer, { timestamp, window, usage }: Measurement): boolean {
  const windowMs = Number(/^([\d.]+)s$/.exec(window)?.[1]) * 1000
  const shown = nanocores(usage.cpu)
  const rates = Array.from({ length: 21 }, (_, i) => Date.parse(timestamp) + i * 50).map((endMs) => {
    const burned = (cpuNanosecondsAt(container, endMs) ?? 0) - (cpuNanosecondsAt(container, endMs - windowMs) ?? 0)
    return (burned * 1000) / windowMs
  })
  const held = memoryBytesAt(container, Date.parse(timestamp) + 500)
  const cpuIsTrue = shown >= Math.min(...rates) * 0.98 - 1e5 && shown <= Math.max(...rates) * 1.02 + 1e5
  return cpuIsTrue && Math.abs(bytes(usage.memory) - held) <= held * 0.02
}
