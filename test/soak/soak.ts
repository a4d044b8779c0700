import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { BUSY } from '../../sim/kubelet/oddities.ts'
import { keyOf } from '../../sim/world/world.ts'
import { type NodeJson, nodeItem, type PodJson, podItem } from '../support/metrics-items.ts'
import { type ServerProcess, startServer, until } from '../system/server-process.ts'
import { History } from './history.ts'
import { judgeNode, judgePod, type Tolerance, type Verdict } from './judge.ts'
import { createMischiefMaker } from './mischief.ts'
import { createTally, type SoakReport } from './tally.ts'

export interface SoakOptions {
  readonly nodes: number
  readonly podsPerNode: number
  /** How long the server is asked, milliseconds. */
  readonly lastsMs: number
  /** How often another tenth of the kubelets does wrong, milliseconds. */
  readonly mischiefEveryMs: number
  readonly seed: number
  /** Kubelets are also odd, and do not only fail. */
  readonly oddities: boolean
  /** All kubelets take up to 2 s before they sample, and again before they answer. */
  readonly slowKubelets: boolean
  /** Ephemeral storage is served and judged too. */
  readonly storage: boolean
  /** Ends it early when aborted. */
  readonly signal?: AbortSignal
  /** Takes lines that tell how it goes. */
  say(line: string): void
}

const API = '/apis/metrics.k8s.io/v1beta1'
const ASK_EVERY_MS = 250
const CHANGE_EVERY_MS = 2000
/** The kubelets and the judge share a process: an answer may be seen that late, and the middle of a request moves by half. */
const BUSY_MS = 300
/** The Summary cuts the times of nodes to whole seconds. */
const CUT_MS = 1000

/** Three resolutions of retention, what cAdvisor may have waited with a sample, and the second that a timestamp loses. */
const OLDEST_MS = 30_000 + 20_000 + 1000 + 2 * BUSY_MS

/** Every second scrape of a node. */
const STORAGE_RESOLUTION_MS = 20_000
const STORAGE_FLAGS = ['--extra-resources=ephemeral-storage', `--extra-resources-resolution=${STORAGE_RESOLUTION_MS}ms`]
/** The retention of storage is three of its resolutions, and ends with the scrape after it. */
const STORAGE_OLD_MS = 4 * STORAGE_RESOLUTION_MS + OLDEST_MS

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * Runs the server against a simulated cluster in which things go wrong all the time, asks it all the time, and holds
 * everything that it answers against the truth.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { nodes, podsPerNode, seed, slowKubelets, storage } = options
  const kubelets = slowKubelets ? { usualFault: BUSY } : {}
  const cluster = await startCluster({ nodes, podsPerNode, seed, changeEveryMs: CHANGE_EVERY_MS, kubelets })
  try {
    const history = new History(cluster.world)
    const server = await startServer(cluster, storage ? STORAGE_FLAGS : [])
    try {
      return await watch(cluster, history, server, options)
    } finally {
      await server.stop()
    }
  } finally {
    await cluster.stop()
  }
}

async function watch(
  cluster: Cluster,
  history: History,
  server: ServerProcess,
  { lastsMs, mischiefEveryMs, oddities, slowKubelets, say, signal }: SoakOptions,
): Promise<SoakReport> {
  const tally = createTally(say)
  const mischief = createMischiefMaker(cluster, { oddities, areBusy: slowKubelets })
  const toleranceOf = (nodeName: string): Tolerance => {
    const endsMs = BUSY_MS + mischief.blurMs(nodeName)
    return {
      ...{ containerMs: endsMs, nodeMs: CUT_MS + endsMs, listedMs: mischief.keptMs(nodeName) },
      storageMs: STORAGE_OLD_MS + mischief.oldMs(nodeName),
    }
  }
  const seen = new Map<string, string>()
  const isNew = (key: string, item: NodeJson | PodJson): boolean => {
    const text = JSON.stringify(item)
    const changed = seen.get(key) !== text
    seen.set(key, text)
    return changed
  }
  const nodeOf = (key: string): string => history.podsNamed(key).at(-1)?.nodeName ?? ''
  const take = (kind: 'node' | 'pod', name: string, { wrong, ...rest }: Verdict): void => {
    const story = () => mischief.story(kind === 'node' ? name : nodeOf(name))
    tally.take(kind, name, { wrong: wrong && `${wrong} (${story()})`, ...rest })
  }
  const age = (kind: 'node' | 'pod', name: string, { timestampMs }: { timestampMs: number }): void => {
    const ms = cluster.world.nowMs() - timestampMs
    tally.age(kind, ms)
    if (ms > OLDEST_MS + mischief.oldMs(kind === 'node' ? name : nodeOf(name)))
      take(kind, name, { wrong: `served when it was ${Math.round(ms)} ms old`, errors: [] })
  }
  const judgeNodes = (items: readonly NodeJson[]): void => {
    for (const item of items) {
      const { name } = item.metadata
      const { metrics } = nodeItem(item)
      age('node', name, metrics)
      if (isNew(name, item)) take('node', name, judgeNode(history, name, metrics, toleranceOf(name)))
    }
  }
  const judgePods = (items: readonly PodJson[]): void => {
    for (const item of items) {
      const { record, metrics } = podItem(item)
      const key = keyOf(record)
      age('pod', key, metrics)
      if (isNew(key, item)) take('pod', key, verdictOf(key, metrics))
    }
  }
  const verdictOf = (key: string, metrics: Parameters<typeof judgePod>[2]): Verdict =>
    judgePod(history, key, metrics, toleranceOf(nodeOf(key)))
  await until(
    () => server.get('/livez'),
    ({ status }) => status === 200,
  )
  const begin = performance.now()
  let nextMischief = begin + mischiefEveryMs / 2
  while (performance.now() - begin < lastsMs && !signal?.aborted) {
    if (performance.now() >= nextMischief) {
      nextMischief += mischiefEveryMs
      for (const line of await mischief.next()) say(`  ${line}`)
      say(tally.line(Math.round((performance.now() - begin) / 1000)))
    }
    const [nodes, pods] = await Promise.all([server.get(`${API}/nodes`), server.get(`${API}/pods`)])
    for (const reply of [nodes, pods]) tally.answered(reply)
    if (nodes.status === 200) {
      const { items } = JSON.parse(nodes.body) as { items: NodeJson[] }
      tally.covered(items.length, cluster.world.nodes.size)
      judgeNodes(items)
    }
    if (pods.status === 200) judgePods((JSON.parse(pods.body) as { items: PodJson[] }).items)
    await pause(ASK_EVERY_MS)
  }
  await mischief.restore()
  return tally.report()
}
