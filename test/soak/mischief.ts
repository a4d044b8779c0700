import type { Cluster } from '../../sim/cluster.ts'
import type { AnswerForm } from '../../sim/kubelet/forms.ts'
import type { Kubelet } from '../../sim/kubelet/kubelet.ts'
import * as odd from '../../sim/kubelet/oddities.ts'

/** Something that goes wrong with a node, until it is put right again. */
interface Mischief {
  readonly name: string
  /** A bound of how far the moment of its values may lie from what can be told of it, milliseconds. */
  readonly blurMs?: number
  /** By how much older than usual its values may be, milliseconds. */
  readonly oldMs?: number
  /** How old values of its containers may be when they are reported, with a list of those that run by then, milliseconds. */
  readonly keptMs?: number
  begin(cluster: Cluster, kubelet: Kubelet, nodeName: string): void | Promise<void>
  end?(cluster: Cluster, kubelet: Kubelet, nodeName: string): void | Promise<void>
}

type Fault = NonNullable<Parameters<Kubelet['setFault']>[0]>

const fault = (name: string, what: Fault): Mischief => ({
  name,
  begin: (_, kubelet) => kubelet.setFault(what),
  end: (_, kubelet) => kubelet.setFault(undefined),
})

const clockOff = (name: string, ms: number): Mischief => ({
  name,
  blurMs: 1500,
  begin: (_, kubelet) => kubelet.setClockOffset(ms),
  end: (_, kubelet) => kubelet.setClockOffset(0),
})

const manner = (name: string, create: (cluster: Cluster, nodeName: string) => odd.KubeletManner): Mischief => ({
  name,
  begin: (cluster, kubelet, nodeName) => kubelet.setManner(create(cluster, nodeName)),
  end: (_, kubelet) => kubelet.setManner(undefined),
})

const always = (name: string, oddity: odd.Oddity): Mischief => manner(name, () => ({ oddity }))
const once = (name: string, oddity: odd.Oddity): Mischief => manner(name, () => ({ oddity: odd.once(oddity) }))
const sends = (form: AnswerForm): Mischief => manner(`sends its answers as ${form}`, () => ({ form }))

/** By /metrics/resource, because there is no Summary. */
const sendsResource = (form: AnswerForm): Mischief => ({
  name: `has no Summary and sends its answers as ${form}`,
  begin(_, kubelet) {
    kubelet.setManner({ form })
    return kubelet.setFault({ kind: 'status', status: 404, only: 'summary' })
  },
  end(_, kubelet) {
    kubelet.setManner(undefined)
    return kubelet.setFault(undefined)
  },
})

const HOUSEKEEPING_MS = 45_000
/** Two looks lie apart by an interval, and by a tenth of one at each end. */
const JITTERED = 1.2
const slowHousekeeping = (name: string, containers: 'when-asked' | 'by-runtime'): Mischief => ({
  ...manner(name, () => ({ sampling: { housekeepingMs: HOUSEKEEPING_MS, containers } })),
  blurMs: KEPT_BLUR_MS,
  oldMs: HOUSEKEEPING_MS,
  keptMs: containers === 'by-runtime' ? JITTERED * HOUSEKEEPING_MS : 0,
})

const SLOW_MS = 1500
/** Half of what a busy kubelet may take, and the second that it cuts. */
const BUSY_BLUR_MS = 2500
/** What a runtime sampled just before it was asked cannot be told from what was sampled for the answer. */
const KEPT_BLUR_MS = 1500

const REPEATED_OLD_MS = 120_000

/** Kubelets that hang, lie and restart, and clocks that jump. */
const FAULTS: readonly Mischief[] = [
  fault('hangs', { kind: 'hang' }),
  fault('answers garbage', { kind: 'garbage' }),
  { name: 'reboots', begin: (_, kubelet) => kubelet.reboot() },
  fault('cuts its answers', { kind: 'cut' }),
  clockOff('clock five minutes ahead', 300_000),
  fault('answers 500', { kind: 'status', status: 500 }),
  // While a kubelet answers, what it reports is served, however old.
  { ...fault('repeats itself', { kind: 'repeat' }), oldMs: REPEATED_OLD_MS },
  fault('is away', { kind: 'refuse' }),
  fault('never comes to an end', { kind: 'endless' }),
  fault('has no Summary', { kind: 'status', status: 404, only: 'summary' }),
  clockOff('clock 20 seconds behind', -20_000),
  { ...fault('is slow', { kind: 'slow', ms: SLOW_MS }), blurMs: SLOW_MS + 500 },
  fault('refuses us', { kind: 'status', status: 403 }),
  fault('sends us elsewhere', { kind: 'redirect', location: 'https://127.0.0.1:1/' }),
  {
    name: 'starts all containers anew',
    begin({ world }, _, nodeName) {
      for (const pod of [...world.podsOn(nodeName)]) world.restartContainers(pod)
    },
  },
  clockOff('clock three minutes behind', -180_000),
  fault('answers 401', { kind: 'status', status: 401 }),
]

/** Kubelets, runtimes and proxies that answer as in public bug reports. */
const ODDITIES: readonly Mischief[] = [
  once('tells a counter of 0 once', odd.ofAll(odd.counterZero)),
  once('tells a counter near 2^64 once', odd.ofAll(odd.counterJump)),
  always('tells starts of 12 s ago', odd.ofContainers(odd.startedJustNow(12_000))),
  once('tells memory beyond the machine once', odd.ofAll(odd.memoryBeyondMachine)),
  always('has twins of its pods, the new first', odd.twins('new-first')),
  once('lists no pods once', odd.noPods),
  // Of a container that uses nothing, an answer without a time cannot be told from one that is repeated.
  { ...always('tells times of 1970', odd.ofContainers(odd.timeOf1970)), oldMs: REPEATED_OLD_MS },
  { ...fault('is busy', odd.BUSY), blurMs: BUSY_BLUR_MS },
  sends('gzip'),
  once('tells a counter that is small once', odd.ofAll(odd.counterSmall)),
  always('tells starts that jitter', odd.ofContainers(odd.startJitters(600))),
  manner('is another node', ({ world }, nodeName) => ({
    oddity: odd.anotherNode([...world.nodes.keys()].find((name) => name !== nodeName) ?? nodeName),
  })),
  always('lists containers twice, the old first', odd.containersTwice('old-first')),
  {
    ...manner('tells what its runtime took', () => odd.KEEPING_RUNTIME),
    ...{ blurMs: KEPT_BLUR_MS, oldMs: 15_000, keptMs: 15_000 },
  },
  once('tells starts of 2 s ago once', odd.ofContainers(odd.startedJustNow(2000))),
  always('tells rates beyond the machine', odd.ofAll(odd.rateAbsurd)),
  sendsResource('no-last-line-feed'),
  slowHousekeeping('keeps house every 45 s', 'when-asked'),
  always('has twins of its pods, the old first', odd.twins('old-first')),
  always('lists an unnamed total', odd.unnamedTotal),
  always('tells rates of 0', odd.ofAll(odd.rateZero)),
  sends('byte-order-mark'),
  always('lists containers twice, the new first', odd.containersTwice('new-first')),
  slowHousekeeping('keeps house every 45 s, its runtime too', 'by-runtime'),
  sends('early-hints'),
  sendsResource('quoted-name'),
]

interface MischiefOptions {
  /** With answers that are odd, and not only those that fail. */
  readonly oddities: boolean
  /** What holds for all nodes: their kubelets are busy. */
  readonly areBusy: boolean
}

/** Lets another tenth of the nodes do wrong each time it is called, each in its own way, and puts the last tenth right. */
export function createMischiefMaker(cluster: Cluster, { oddities, areBusy }: MischiefOptions) {
  const all = oddities ? [...FAULTS, ...ODDITIES] : FAULTS
  let round = 0
  let next = 0
  let present: { mischief: Mischief; kubelet: Kubelet; nodeName: string }[] = []
  /** How far off the times of a node's values may be, and how old they may be beyond what is usual, once it did wrong. */
  const blurs = new Map<string, number>()
  const ages = new Map<string, number>()
  const kept = new Map<string, number>()
  const stories = new Map<string, string[]>()
  const raise = (of: Map<string, number>, nodeName: string, ms: number) =>
    of.set(nodeName, Math.max(ms, of.get(nodeName) ?? 0))

  async function restore(): Promise<void> {
    const last = present
    present = []
    await Promise.all(last.map(({ mischief, kubelet, nodeName }) => mischief.end?.(cluster, kubelet, nodeName)))
  }

  return {
    /** Gives what began, for the log. */
    async next(): Promise<readonly string[]> {
      await restore()
      const nodes = [...cluster.kubelets].filter((_, i) => i % 10 === round % 10)
      present = nodes.map(([nodeName, kubelet]) => {
        const mischief = all[next++ % all.length] as Mischief
        return { mischief, kubelet, nodeName }
      })
      round++
      for (const { mischief, nodeName } of present) {
        const { blurMs = 0, oldMs = 0, keptMs = 0 } = mischief
        raise(blurs, nodeName, blurMs)
        raise(ages, nodeName, oldMs)
        raise(kept, nodeName, keptMs)
        const at = new Date(cluster.world.nowMs()).toISOString().slice(11, 19)
        stories.set(nodeName, [...(stories.get(nodeName) ?? []), `${mischief.name} from ${at}`])
      }
      await Promise.all(present.map(({ mischief, kubelet, nodeName }) => mischief.begin(cluster, kubelet, nodeName)))
      return present.map(({ mischief, nodeName }) => `${nodeName} ${mischief.name}`)
    },
    restore,
    blurMs: (nodeName: string): number => Math.max(areBusy ? BUSY_BLUR_MS : 0, blurs.get(nodeName) ?? 0),
    oldMs: (nodeName: string): number => ages.get(nodeName) ?? 0,
    keptMs: (nodeName: string): number => kept.get(nodeName) ?? 0,
    /** What a node did so far, for the log. */
    story: (nodeName: string): string => `${nodeName}: ${stories.get(nodeName)?.join(', ') ?? 'nothing yet'}`,
  }
}
