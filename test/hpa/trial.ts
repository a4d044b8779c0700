import { createRandom, type Random } from '../../sim/world/random.ts'
import type { PodUsage } from '../../src/model/usage.ts'
import { createManualClock } from '../support/manual-clock.ts'
import { Autoscaler, type Calculation, type PodMetric, SYNC_PERIOD_MS } from './autoscaler.ts'
import { type Burn, Deployment, type DeploymentPod, type Pulse } from './deployment.ts'
import type { MetricsServer, ServerOptions } from './servers.ts'

interface TrialOptions {
  readonly seed: number
  readonly resolutionMs: number
  readonly rateIsTold: boolean
  readonly isLargeCluster: boolean
  readonly nodes: number
  /** The longest delay of a kubelet's answer before and after sampling, milliseconds. */
  readonly slowMs: number
  /** The shortest and the longest time from the start of a container until its pod is Ready, milliseconds. */
  readonly readyAfterMs: readonly [number, number]
  readonly burn: Burn
  readonly pulse: Pulse
  start(options: ServerOptions): MetricsServer
}

/** What the controller saw of a pod when it decided; times are milliseconds since the load stepped up. */
interface Seen {
  readonly pod: DeploymentPod
  /** Its group: ready, unready, missing, ignored; "unknown" when the controller gave up. */
  readonly counts: string
  readonly metric: PodMetric | undefined
}

interface Decision {
  readonly atMs: number
  readonly before: number
  readonly replicas: number
  readonly seen: readonly Seen[]
}

interface Outcome {
  /** The most replicas that were ever asked for. */
  readonly most: number
  readonly right: number
  /** From the step of the load until the right number was asked for, milliseconds; `Infinity` when it was not. */
  readonly rightAfterMs: number
  /** When the load stepped up, milliseconds since the epoch. */
  readonly stepMs: number
  readonly decisions: readonly Decision[]
}

const BEFORE = { replicas: 2, millicores: 200 }
const WORK_MILLICORES = 600
const REQUEST_MILLICORES = 100
/** More than what asks for exactly six pods, and so little that five are outside of the tolerance. */
const TARGET_PERCENT = [105, 108] as const
const MOST_REPLICAS = 50
const LASTS_MS = 300_000

/** Two pods whose load goes from 200m to 600m at once, an HPA to which six pods are the right answer, and a metrics server. */
async function runTrial(options: TrialOptions): Promise<Outcome> {
  const { resolutionMs, rateIsTold, isLargeCluster, slowMs, seed } = options
  // One for the world, so that two servers see the same one, and one for what depends on how often they ask.
  const random = createRandom(seed)
  const within = (least: number, most: number): number => least + random() * (most - least)
  const wallMs = Date.UTC(2026, 0, 1, 12) + within(0, 1000)
  const clock = createManualClock({ wallMs, monotonicMs: within(0, 1e6) })
  const nodeNames = Array.from({ length: options.nodes }, (_, i) => `node-${i}`)
  const rises = Array.from({ length: MOST_REPLICAS }, () => ({
    nodeName: nodeNames[Math.floor(random() * nodeNames.length)] ?? '',
    startsAfterMs: within(400, 2500),
    readyAfterMs: within(...options.readyAfterMs),
  }))
  const deployment = new Deployment({
    ...{ clock, rises, requestMillicores: REQUEST_MILLICORES, workMillicores: BEFORE.millicores },
    ...{ burn: options.burn, pulse: options.pulse },
  })
  const percent = Math.round(within(...TARGET_PERCENT))
  const right = Math.ceil(((WORK_MILLICORES / REQUEST_MILLICORES) * 100) / percent)
  const autoscaler = new Autoscaler({
    target: { percent },
    minReplicas: BEFORE.replicas,
    maxReplicas: MOST_REPLICAS,
  })
  deployment.scaleTo(BEFORE.replicas, 3_600_000)
  const server = options.start({
    ...{ clock, deployment, nodeNames, resolutionMs, rateIsTold, isLargeCluster, slowMs },
    random: createRandom(seed + 1_000_000),
  })

  const stepMs = clock.wallMs() + 3 * resolutionMs + within(0, resolutionMs)
  const decisions: Decision[] = []
  let replicas = BEFORE.replicas
  const sync = (): void => {
    clock.after(SYNC_PERIOD_MS, sync)
    const metrics = metricsOf(deployment, server)
    const before = replicas
    const result = autoscaler.sync(replicas, deployment.states(), metrics, clock.wallMs())
    replicas = result.replicas
    const seen = deployment.pods.map((pod) => ({
      ...{ pod, metric: metrics.get(pod.name), counts: groupIn(result.calculation, pod.name) },
    }))
    decisions.push({ atMs: clock.wallMs() - stepMs, before, replicas, seen })
    deployment.scaleTo(replicas)
  }
  clock.after(within(0, SYNC_PERIOD_MS), sync)
  await clock.advance(stepMs - clock.wallMs())
  deployment.setWork(WORK_MILLICORES)
  await clock.advance(LASTS_MS)
  server.stop()
  return {
    ...{ right, stepMs, decisions },
    most: Math.max(...decisions.map((decision) => decision.replicas)),
    rightAfterMs: decisions.find((decision) => decision.replicas >= right)?.atMs ?? Number.POSITIVE_INFINITY,
  }
}

function metricsOf({ pods }: Deployment, server: MetricsServer): Map<string, PodMetric> {
  const metrics = new Map<string, PodMetric>()
  for (const pod of pods) {
    const usage = server.pod(pod)
    if (usage !== undefined) metrics.set(pod.name, serialized(usage))
  }
  return metrics
}

/** As the API writes it: whole seconds, and windows to the millisecond. The controller rounds quantities up. */
function serialized({ timestampMs, windowMs, containers }: PodUsage): PodMetric {
  const millicores = containers.reduce((sum, { usage }) => sum + Math.ceil(usage.cpuNanocores / 1e6), 0)
  return { timestampMs: Math.floor(timestampMs / 1000) * 1000, windowMs, millicores }
}

function groupIn(calculation: Calculation | undefined, name: string): string {
  const found = Object.entries(calculation?.groups ?? {}).find(([, names]) => names.includes(name))
  return found?.[0] ?? 'unknown'
}

interface Summary {
  /** Share of the trials in which more replicas than right were asked for at some time. */
  readonly overshoots: number
  /** Median time to the right number, milliseconds. */
  readonly medianMs: number
}

export type Circumstances = Omit<TrialOptions, 'seed' | 'start'>

/** Trials with seeds from 1 on, each in the circumstances that `draw` makes up. */
export async function runTrials(
  trials: number,
  draw: (random: Random) => Circumstances,
  start: TrialOptions['start'],
): Promise<Summary> {
  const outcomes: Outcome[] = []
  for (let seed = 1; seed <= trials; seed++) {
    outcomes.push(await runTrial({ ...draw(createRandom(-seed)), seed, start }))
  }
  const times = outcomes.map(({ rightAfterMs }) => rightAfterMs).sort((a, b) => a - b)
  const overshoots = outcomes.filter(({ most, right }) => most > right).length / trials
  return { overshoots, medianMs: times[times.length >> 1] ?? Number.NaN }
}
