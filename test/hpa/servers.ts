import { createRecordingLog } from '../support/recording-log.ts'
import type { Random } from '../../sim/world/random.ts'
import type { Clock } from '../../src/model/clock.ts'
import type { NodeRecord } from '../../src/model/cluster-objects.ts'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import type { Scrape } from '../../src/model/sample.ts'
import type { PodUsage } from '../../src/model/usage.ts'
import { Scraper } from '../../src/scrape/scraper.ts'
import { Store } from '../../src/store/store.ts'
import { container, pod, resource, scrape } from '../support/samples.ts'
import type { Deployment, DeploymentPod } from './deployment.ts'

/** A metrics server as HPA sees it: what is served of a pod right now. */
export interface MetricsServer {
  pod(pod: DeploymentPod): PodUsage | undefined
  stop(): void
}

export interface ServerOptions {
  readonly clock: Clock
  readonly deployment: Deployment
  readonly nodeNames: readonly string[]
  readonly resolutionMs: number
  /** Whether the kubelets tell `usageNanoCores`, from the second look at a container on. */
  readonly rateIsTold: boolean
  /** Nodes lie at phases of their own, as in a cluster of hundreds; else all are scraped together, as in a small one. */
  readonly isLargeCluster: boolean
  /** The longest that a kubelet takes before it samples, and again before it answers, milliseconds. */
  readonly slowMs: number
  readonly random: Random
}

const cut = (ms: number): number => Math.floor(ms / 1000) * 1000
const MEMORY_BYTES = 50 * 2 ** 20
/** As many nodes share a phase of the scraper. */
const NODES_OF_A_PHASE = 16

const after = (clock: Clock, ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))

/** `usageNanoCores` as the kubelet finds it: the rate since it was asked last, 0 the first time. */
class AskedRates {
  readonly #last = new Map<string, { atMs: number; nanoseconds: number }>()

  take(key: string, atMs: number, nanoseconds: number): number {
    const last = this.#last.get(key)
    this.#last.set(key, { atMs, nanoseconds })
    if (last === undefined || last.atMs >= atMs) return 0
    return Math.round(((nanoseconds - last.nanoseconds) / (atMs - last.atMs)) * 1000)
  }
}

/** The Summary of one node, sampled now. */
function summaryOf(nodeName: string, { clock, deployment, rateIsTold }: ServerOptions, rates: AskedRates) {
  const nowMs = clock.wallMs()
  const pods = deployment.podsOn(nodeName).flatMap((each) => {
    const nanoseconds = deployment.nanosecondsOf(each, nowMs)
    if (nanoseconds === undefined) return []
    const own = rates.take(each.uid, nowMs, nanoseconds)
    const main = container('main', {
      timeMs: cut(nowMs),
      startTimeMs: cut(each.startMs),
      cpuNanoseconds: Math.floor(nanoseconds),
      cpuNanocores: rateIsTold ? own : 0,
      workingSetBytes: MEMORY_BYTES,
    })
    return [pod(each.name, [main], each.uid)]
  })
  return { node: resource({}), pods }
}

/** This server: its Store, fed by its Scraper. */
export function startOurs(options: ServerOptions): MetricsServer {
  const { clock, resolutionMs, nodeNames, random, slowMs } = options
  const retentionMs = 3 * resolutionMs
  const store = new Store({ clock, resolutionMs, retentionMs })
  const rates = new AskedRates()

  async function ask(nodeName: string): Promise<Scrape> {
    const sentMs = clock.monotonicMs()
    await after(clock, 1 + random() * slowMs)
    const answer = summaryOf(nodeName, options, rates)
    await after(clock, 1 + random() * slowMs)
    const tookMs = clock.monotonicMs() - sentMs
    const askedAt = { wallMs: clock.wallMs() - tookMs / 2, monotonicMs: clock.monotonicMs() - tookMs / 2 }
    return { ...scrape(askedAt, { ...answer, nodeTimeMs: cut(clock.wallMs()) - tookMs / 2 }), tookMs }
  }

  const scraper = new Scraper({
    ...{ clock, resolutionMs, retentionMs, store, concurrency: 100 },
    kubelet: {
      scrape: ({ name }) => (name.startsWith('other') ? new Promise(() => {}) : ask(name)),
      scrapeWhole: () => new Promise(() => {}),
      forget() {},
    },
    observer: { scraped() {}, forget() {}, cycleEnded() {}, rejected() {} },
    log: createRecordingLog(),
    faults: { report() {}, resolve() {}, forget() {} },
  })
  for (const [i, name] of nodeNames.entries()) {
    scraper.upsert(nodeRecord(name))
    if (!options.isLargeCluster) continue
    for (let other = 1; other < NODES_OF_A_PHASE; other++) {
      scraper.upsert(nodeRecord(`other-${i}-${other}`))
      scraper.remove(`other-${i}-${other}`)
    }
  }
  return {
    pod: ({ name, uid }) => store.pod({ namespace: 'default', name, uid, labels: NO_LABELS }),
    stop: () => scraper.stop(),
  }
}

const nodeRecord = (name: string): NodeRecord => ({
  ...{ name, uid: name, labels: NO_LABELS, kubeletPort: 10250, resourceMetricsPath: undefined },
  addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
})

interface Point {
  readonly startMs: number
  readonly timeMs: number
  readonly nanoseconds: number
}

/** A container has to be this old before the Go server takes its start for a first sample. */
const FRESH_CONTAINER_MS = 10_000
/** The Go server asks its nodes at random moments within this time for each of them, four seconds at most. */
const SPREAD_PER_NODE_MS = 8
const LONGEST_SPREAD_MS = 4000
const LARGE_CLUSTER_NODES = 500

/**
 * kubernetes-sigs/metrics-server: every resolution all nodes are asked for /metrics/resource (pkg/scraper), and two points
 * of each container are kept (pkg/storage/pod.go). Here each pod has one container.
 */
export function startGo(options: ServerOptions): MetricsServer {
  const { clock, deployment, nodeNames, resolutionMs, random, slowMs } = options
  let last = new Map<string, Point>()
  let previous = new Map<string, Point>()
  let isStopped = false

  async function ask(nodeName: string): Promise<[string, Point][]> {
    const nodes = options.isLargeCluster ? LARGE_CLUSTER_NODES : nodeNames.length
    await after(clock, random() * Math.min(SPREAD_PER_NODE_MS * nodes, LONGEST_SPREAD_MS))
    await after(clock, 1 + random() * slowMs)
    const timeMs = clock.wallMs()
    const points = deployment.podsOn(nodeName).flatMap((pod): [string, Point][] => {
      const nanoseconds = deployment.nanosecondsOf(pod, timeMs)
      // Containers that have used nothing are dropped.
      if (nanoseconds === undefined || nanoseconds < 1) return []
      return [[pod.name, { startMs: pod.startMs, timeMs: Math.floor(timeMs), nanoseconds }]]
    })
    await after(clock, 1 + random() * slowMs)
    return points
  }

  async function tick(): Promise<void> {
    if (isStopped) return
    clock.after(resolutionMs, () => void tick())
    store(new Map((await Promise.all(nodeNames.map(ask))).flat()))
  }

  function store(points: Map<string, Point>): void {
    const kept = new Map<string, Point>()
    for (const [name, point] of points) {
      const ageMs = point.timeMs - point.startMs
      const lastPoint = last.get(name)
      if (ageMs > 0 && ageMs < resolutionMs && ageMs >= FRESH_CONTAINER_MS) {
        kept.set(name, { ...point, timeMs: point.startMs, nanoseconds: 0 })
      } else if (lastPoint !== undefined && point.startMs < lastPoint.timeMs) {
        const before = point.timeMs > lastPoint.timeMs ? lastPoint : previous.get(name)
        if (before !== undefined) kept.set(name, before)
      }
    }
    last = points
    previous = kept
  }

  void tick()
  return {
    pod({ name }) {
      const [to, from] = [last.get(name), previous.get(name)]
      if (to === undefined || from === undefined) return undefined
      const windowMs = to.timeMs - from.timeMs
      const cpuNanocores = Math.trunc(((to.nanoseconds - from.nanoseconds) / windowMs) * 1000)
      const usage = { cpuNanocores, memoryBytes: MEMORY_BYTES, swapBytes: undefined }
      return { timestampMs: to.timeMs, windowMs, containers: [{ name: 'main', usage }] }
    },
    stop() {
      isStopped = true
    },
  }
}
