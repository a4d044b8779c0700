import type { Random } from './random.ts'
import { randomSuffix } from './random.ts'
import { bursts, IDLE, sinus, steady, stepping } from './rates.ts'
import type { ContainerTemplate, Memory, Workload } from './things.ts'

const MILLI = 1e6
const MI = 2 ** 20

const memory = (mebibytes: number, swing = 0.02): Memory => ({
  baseBytes: mebibytes * MI,
  swingBytes: mebibytes * MI * swing,
  periodMs: 420_000,
})
const FOREVER = { kind: 'forever' } as const

/** A number from 0.6 to 1.4 that tells pod `number` from its mates. */
const spread = (number: number): number => 0.6 + 0.8 * ((number * 0.618_034) % 1)

const main = (name: string, rate: ContainerTemplate['rate'], mebibytes: number): ContainerTemplate => ({
  name,
  role: 'main',
  rate,
  memory: memory(mebibytes),
  life: FOREVER,
})

type Shape = Pick<Workload, 'kind' | 'namespace' | 'name' | 'labels' | 'containers'>

/** One of each kind of load that a cluster has. */
const SHAPES: readonly Shape[] = [
  {
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name: 'node-agent',
    labels: { tier: 'system' },
    containers: (n) => [main('agent', steady(8 * MILLI * spread(n)), 40 * spread(n))],
  },
  {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    labels: { tier: 'front' },
    containers: (n) => [
      { ...main('proxy', sinus(12 * MILLI, 6 * MILLI, 300_000, (n * 0.37) % 1), 30), role: 'sidecar' },
      main('nginx', sinus(80 * MILLI * spread(n), 40 * MILLI, 300_000, (n * 0.37) % 1), 120 * spread(n)),
    ],
  },
  {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'checkout',
    labels: { tier: 'back' },
    containers: (n) => [
      main(
        'app',
        stepping(
          [40, 120, 70, 200].map((m) => m * MILLI * spread(n)),
          90_000,
        ),
        260 * spread(n),
      ),
    ],
  },
  {
    kind: 'Deployment',
    namespace: 'shop',
    name: 'cache',
    labels: { tier: 'back' },
    containers: (n) => [main('redis', steady(25 * MILLI * spread(n)), 900 * spread(n))],
  },
  {
    kind: 'Deployment',
    namespace: 'data',
    name: 'worker',
    labels: { tier: 'batch' },
    containers: (n) => [
      main('worker', bursts(15 * MILLI, 400 * MILLI * spread(n), 20_000, 75_000), 310 * spread(n)),
      main('shipper', steady(4 * MILLI), 22),
    ],
  },
  {
    kind: 'Deployment',
    namespace: 'data',
    name: 'standby',
    labels: { tier: 'back' },
    containers: () => [main('postgres', IDLE, 180)],
  },
  {
    kind: 'Deployment',
    namespace: 'lab',
    name: 'flaky',
    labels: { tier: 'lab' },
    containers: (n) => [
      {
        ...main('crash', steady(60 * MILLI), 50),
        life: { kind: 'loop', upMs: 45_000 + 5000 * (n % 3), downMs: 20_000 },
      },
      main('steady', steady(20 * MILLI * spread(n)), 35),
    ],
  },
]

/** The workloads of a new cluster. */
export function createWorkloads(random: Random): Workload[] {
  return SHAPES.map((shape) => ({ ...shape, revision: randomSuffix(random, 10) }))
}

/** The one container of a pod that runs once for `upMs` and is finished. */
export function jobContainer(upMs: number): ContainerTemplate {
  return { ...main('job', steady(150 * MILLI), 64), life: { kind: 'once', upMs } }
}
