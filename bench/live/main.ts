import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, type ClusterOptions, startCluster } from '../../sim/cluster.ts'
import { serverFlags } from '../../sim/demo/arguments.ts'
import { BUSY, KEEPING_RUNTIME } from '../../sim/kubelet/oddities.ts'
import {
  BUILT_SERVER,
  freePort,
  OWN_SERVER,
  ServerError,
  type ServerProcess,
  startServer,
} from '../../sim/server-process.ts'
import { type LiveWish, parseLiveWish } from './arguments.ts'
import { type Asker, createAsker } from './asker.ts'
import { measureCost } from './cost.ts'
import { createHttp2Asker } from './http2-asker.ts'
import { costOf } from './process-cost.ts'
import { readTurns } from './turns.ts'
import { watchServed } from './watch.ts'

const LOOK_MS = 100
const LIMIT_MS = 120_000

interface Served {
  /** Since the process was started, milliseconds. */
  readonly firstNodeMs: number
  /** Of the process until then; `undefined` where nobody asks for costs, which are read on Linux only. */
  readonly firstNodeCpuSeconds: number | undefined
  readonly everyNodeMs: number
  readonly everyPodMs: number
}

async function untilServed(
  asker: Asker,
  cluster: Cluster,
  server: ServerProcess,
  begin: number,
  cpuSeconds: () => number | undefined,
): Promise<Served> {
  const pods = [...cluster.world.pods].filter((pod) => pod.containers.every((c) => c.life.kind === 'forever')).length
  const passed = () => performance.now() - begin
  const when = async (path: string, enough: number): Promise<number> => {
    while ((await asker.list(path)).length < enough) {
      if (server.exitCode() !== undefined || passed() > LIMIT_MS) throw new ServerError(server.log())
      await sleep(LOOK_MS)
    }
    return passed()
  }
  const [{ firstNodeMs, firstNodeCpuSeconds }, everyNodeMs, everyPodMs] = await Promise.all([
    when('nodes', 1).then((ms) => ({ firstNodeMs: ms, firstNodeCpuSeconds: cpuSeconds() })),
    when('nodes', cluster.world.nodes.size),
    when('pods', pods),
  ])
  return { firstNodeMs, firstNodeCpuSeconds, everyNodeMs, everyPodMs }
}

const percentile = (figures: readonly number[], share: number): number =>
  Float64Array.from(figures).sort()[Math.min(figures.length - 1, Math.floor(share * figures.length))] ?? Number.NaN
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const percent = (share: number): string => `${(share * 100).toFixed(3)} %`

async function measureTruth(cluster: Cluster, asker: Asker, spanMs: number): Promise<[string, string][]> {
  const { nodeAgesMs, podAgesMs, cpuErrors, newPodMs } = await watchServed(cluster, asker, spanMs)
  const ages = (figures: readonly number[]) =>
    `${seconds(percentile(figures, 0.5))} / ${seconds(percentile(figures, 0.99))}`
  const errors = `${percent(percentile(cpuErrors, 0.5))} / ${percent(percentile(cpuErrors, 0.99))}`
  return [
    ['age of a node as served, p50 / p99', ages(nodeAgesMs)],
    ['age of a pod as served, p50 / p99', ages(podAgesMs)],
    ['CPU error of a container, steady load, p50 / p99', errors],
    ['a new pod, from its start to its first metrics, p50 / p99', ages(newPodMs)],
  ]
}

function commandOf({ cost, profile, server }: LiveWish): readonly string[] {
  if (server !== undefined) return server
  const [node = '', main = ''] = cost ? BUILT_SERVER : OWN_SERVER
  return profile === undefined ? [node, main] : [node, '--cpu-prof', `--cpu-prof-dir=${profile}`, main]
}

async function measureCostOf(
  cluster: Cluster,
  asker: Asker,
  server: ServerProcess,
  port: number,
  resolutionMs: number,
): Promise<[string, string][]> {
  const http2Asker = createHttp2Asker(cluster, port)
  try {
    const turns = () => readTurns(cluster, port)
    const sentBytes = () => [...cluster.kubelets.values()].reduce((sum, kubelet) => sum + kubelet.sentBytes, 0)
    return await measureCost({ asker, http2Asker, turns, sentBytes, pid: server.pid ?? 0, resolutionMs })
  } finally {
    http2Asker.close()
  }
}

function kubeletsOf({ slowKubelets, keptValues }: LiveWish): NonNullable<ClusterOptions['kubelets']> {
  return { ...(slowKubelets && { usualFault: BUSY }), ...(keptValues && { manner: KEEPING_RUNTIME }) }
}

async function measure(wish: LiveWish): Promise<string> {
  const { nodes, podsPerNode, source, resolutionSeconds, storage } = wish
  const cluster = await startCluster({
    nodes,
    podsPerNode,
    kubelets: kubeletsOf(wish),
    // The Go server verifies addresses.
    certificateOf: () => 'node-name-and-ip',
  })
  const port = await freePort()
  const resolutionMs = resolutionSeconds * 1000
  const flags = serverFlags(cluster.files, port, resolutionMs)
  // The Go server does not know this flag.
  if (source !== 'auto') flags.push(`--kubelet-metrics-source=${source}`)
  if (storage) flags.push('--extra-resources=ephemeral-storage')
  const asker = createAsker(cluster, port)
  const begin = performance.now()
  const server = startServer(commandOf(wish), flags, port)
  try {
    const served = await untilServed(asker, cluster, server, begin, () =>
      wish.cost ? costOf(server.pid ?? 0).cpuSeconds() : undefined,
    )
    // Until every node has been asked at its own phase.
    await sleep(2 * resolutionMs)
    const rows = [
      ['first node served after the start', seconds(served.firstNodeMs)],
      ...(served.firstNodeCpuSeconds === undefined
        ? []
        : [['CPU from the start until then', `${served.firstNodeCpuSeconds.toFixed(2)} s`]]),
      ['every node served', seconds(served.everyNodeMs)],
      ['every pod served', seconds(served.everyPodMs)],
      ...(wish.cost
        ? await measureCostOf(cluster, asker, server, port, resolutionMs)
        : await measureTruth(cluster, asker, wish.seconds * 1000)),
    ]
    return rows.map(([what = '', figure = '']) => `${what.padEnd(60)}${figure.padStart(20)}`).join('\n')
  } finally {
    asker.close()
    await server.stop()
    await cluster.stop()
  }
}

async function main(args: readonly string[]): Promise<void> {
  const wish = parseLiveWish(args)
  console.log(
    `${wish.nodes} nodes × ${wish.podsPerNode} pods, resolution ${wish.resolutionSeconds} s, source ${wish.source}${wish.slowKubelets ? ', slow kubelets' : ''}${wish.keptValues ? ', values of the runtime' : ''}${wish.storage ? ', ephemeral storage' : ''}; ${wish.server === undefined ? `Node.js ${process.version}` : wish.server.join(' ')}`,
  )
  console.log(await measure(wish))
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
