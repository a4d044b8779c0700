import type { Cluster } from '../../sim/cluster.ts'
import type { Kubelet } from '../../sim/kubelet/kubelet.ts'

/** Something that goes wrong with a node, until it is put right again. */
export interface Mischief {
  readonly name: string
  /** A bound of how far the middle of a request may lie from the moment of its values, milliseconds. */
  readonly blurMs?: number
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

const SLOW_MS = 1500

/** Kubelets that hang, lie and restart, and clocks that jump. */
export const MISCHIEF: readonly Mischief[] = [
  fault('hangs', { kind: 'hang' }),
  fault('answers garbage', { kind: 'garbage' }),
  { name: 'reboots', begin: (_, kubelet) => kubelet.reboot() },
  fault('cuts its answers', { kind: 'cut' }),
  clockOff('clock five minutes ahead', 300_000),
  fault('answers 500', { kind: 'status', status: 500 }),
  fault('repeats itself', { kind: 'repeat' }),
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

/** Lets another tenth of the nodes do wrong each time it is called, each in its own way, and puts the last tenth right. */
export function createMischiefMaker(cluster: Cluster) {
  let round = 0
  let present: { mischief: Mischief; kubelet: Kubelet; nodeName: string }[] = []
  /** How far off the middle of a request to a node may be, and until when that may show. */
  const blurs = new Map<string, { ms: number; untilMs: number }>()

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
      present = nodes.map(([nodeName, kubelet], i) => {
        const mischief = MISCHIEF[(round * 7 + i) % MISCHIEF.length] as Mischief
        return { mischief, kubelet, nodeName }
      })
      round++
      for (const { mischief, nodeName } of present) {
        if (mischief.blurMs) blurs.set(nodeName, { ms: mischief.blurMs, untilMs: Number.POSITIVE_INFINITY })
      }
      await Promise.all(present.map(({ mischief, kubelet, nodeName }) => mischief.begin(cluster, kubelet, nodeName)))
      return present.map(({ mischief, nodeName }) => `${nodeName} ${mischief.name}`)
    },
    restore,
    blurMs: (nodeName: string): number => blurs.get(nodeName)?.ms ?? 0,
  }
}
