import type { ResourceSample, Scrape } from '../../src/model/sample.ts'
import { container, pod, resource } from '../support/samples.ts'

const WALL_MS = Date.UTC(2026, 0, 1, 12)
const cut = (ms: number) => Math.floor(ms / 1000) * 1000

/** A value that holds from a moment on, milliseconds since the simulation began. */
export interface From<T> {
  readonly fromMs: number
  readonly value: T
}

export interface NodeStory {
  readonly source: 'summary' | 'resource'
  /** Cores that the one container burns, and so the node. Ascending; the first from before 0. */
  readonly load: readonly From<number>[]
  /** When the container started anew, ascending. */
  readonly restartsMs: readonly number[]
  /** How far the node's clock is ahead of ours, milliseconds. Ascending; the first from before 0. */
  readonly ahead: readonly From<number>[]
  /** How old the container's values are when the kubelet is asked: 0 unless its runtime keeps them. */
  readonly keptMs: number
  /** When cAdvisor looked at the node. */
  readonly looksMs: readonly number[]
}

/** One request: when it was sent, how long it took, and when within it (0 to 1) the values were taken. */
export interface Ask {
  readonly sentMs: number
  readonly tookMs: number
  readonly taken: number
}

const at = <T>(changes: readonly From<T>[], ms: number): T => {
  const found = changes.findLast(({ fromMs }) => fromMs <= ms) ?? changes[0]
  if (found === undefined) throw new RangeError('a story needs a beginning')
  return found.value
}

/** CPU used from `fromMs` to `toMs`, nanoseconds. */
export function used({ load }: Pick<NodeStory, 'load'>, fromMs: number, toMs: number): number {
  const edges = [fromMs, ...load.map((each) => each.fromMs).filter((ms) => ms > fromMs && ms < toMs), toMs]
  return edges.slice(1).reduce((sum, edge, i) => {
    const begin = edges[i] ?? edge
    return sum + at(load, begin) * (edge - begin) * 1e6
  }, 0)
}

/** The moment of the simulation that a timestamp of ours is about. */
export const momentOf = (timestampMs: number): number => timestampMs - WALL_MS

/** What the kubelet answers, as the client hands it to the store. */
export function answer(story: NodeStory, { sentMs, tookMs, taken }: Ask): Scrape {
  const told = story.source === 'summary' ? cut : Math.floor
  const nodeClock = (ms: number) => WALL_MS + ms + at(story.ahead, ms)
  const middle = sentMs + tookMs / 2
  const asked = sentMs + taken * tookMs
  const startMs = story.restartsMs.findLast((ms) => ms <= asked) ?? -7_200_000
  const sampledMs = Math.max(startMs, asked - story.keptMs)
  const looks = story.looksMs.filter((ms) => ms <= asked).slice(-2)
  const [before, last] = [looks[0] ?? -3_600_000, looks[1] ?? -3_600_000]
  const sample = (ms: number, sinceMs: number, more: Partial<ResourceSample>): ResourceSample =>
    resource({
      timeMs: told(nodeClock(ms)),
      startTimeMs: told(nodeClock(sinceMs)),
      cpuNanoseconds: Math.round(used(story, sinceMs, ms)),
      workingSetBytes: 1 << 20,
      ...more,
    })
  const own = Math.round((used(story, before, last) * 1000) / (last - before))
  const node = sample(last, -7_200_000, story.source === 'summary' ? { cpuNanocores: own } : { startTimeMs: undefined })
  const worker = container('worker', sample(sampledMs, startMs, story.source === 'summary' ? { cpuNanocores: 0 } : {}))
  return {
    askedAt: { wallMs: WALL_MS + middle, monotonicMs: middle },
    tookMs,
    nodeTimeMs: cut(nodeClock(sentMs + tookMs)) - tookMs / 2,
    sample: { source: story.source, nodeName: 'n', node, pods: [pod('web', [worker])] },
  }
}
