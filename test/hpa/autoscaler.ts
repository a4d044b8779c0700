/**
 * The HorizontalPodAutoscaler controller's rule for a CPU target, from kubernetes, pkg/controller/podautoscaler:
 * replica_calculator.go (groupPods, GetResourceReplicas, calcPlainMetricReplicas), metrics/utilization.go and horizontal.go
 * (scaling limits, stabilization), with the flags' and the API's defaults. Times are milliseconds since the epoch.
 */

/** `--horizontal-pod-autoscaler-sync-period` */
export const SYNC_PERIOD_MS = 15_000
/** `--horizontal-pod-autoscaler-tolerance` */
const TOLERANCE = 0.1
/** `--horizontal-pod-autoscaler-cpu-initialization-period` */
const CPU_INITIALIZATION_MS = 300_000
/** `--horizontal-pod-autoscaler-initial-readiness-delay` */
const INITIAL_READINESS_DELAY_MS = 30_000
/** Of the default behavior (autoscaling/v2 defaults): the larger of four pods and as many as there are, each 15 s. */
const SCALE_UP = { pods: 4, percent: 100, periodMs: 15_000 }
/** Of the default behavior for scaling down: stabilizationWindowSeconds. */
const DOWN_STABILIZATION_MS = 300_000

/** A pod as the controller's informer has it; times as the API writes them, in whole seconds. */
export interface PodState {
  readonly name: string
  readonly phase: 'Pending' | 'Running' | 'Failed'
  readonly isDeleting: boolean
  /** `status.startTime`: when the kubelet saw the pod. */
  readonly startTimeMs: number | undefined
  readonly ready: { readonly status: boolean; readonly lastTransitionMs: number } | undefined
  /** Sum of the containers' CPU requests, millicores. */
  readonly requestMillicores: number
}

/** A PodMetrics as it arrives: the timestamp in whole seconds. */
export interface PodMetric {
  readonly timestampMs: number
  readonly windowMs: number
  /** Of all containers together, each rounded up to a whole millicore. */
  readonly millicores: number
}

/** `averageUtilization` in percent of the requests, or `averageValue` in millicores. */
type CpuTarget = { readonly percent: number } | { readonly millicores: number }

interface Groups {
  readonly ready: readonly string[]
  readonly unready: readonly string[]
  readonly missing: readonly string[]
  readonly ignored: readonly string[]
}

/** Which pods count, and as what (groupPods). */
export function groupPods(pods: readonly PodState[], metrics: ReadonlyMap<string, PodMetric>, nowMs: number): Groups {
  const groups = { ready: [] as string[], unready: [] as string[], missing: [] as string[], ignored: [] as string[] }
  for (const pod of pods) groups[groupOf(pod, metrics.get(pod.name), nowMs)].push(pod.name)
  return groups
}

function groupOf(pod: PodState, metric: PodMetric | undefined, nowMs: number): keyof Groups {
  if (pod.isDeleting || pod.phase === 'Failed') return 'ignored'
  if (pod.phase === 'Pending') return 'unready'
  if (metric === undefined) return 'missing'
  const { ready, startTimeMs } = pod
  if (ready === undefined || startTimeMs === undefined) return 'unready'
  if (startTimeMs + CPU_INITIALIZATION_MS > nowMs) {
    const isMeasured = metric.timestampMs >= ready.lastTransitionMs + metric.windowMs
    return ready.status && isMeasured ? 'ready' : 'unready'
  }
  const neverReady = startTimeMs + INITIAL_READINESS_DELAY_MS > ready.lastTransitionMs
  return !ready.status && neverReady ? 'unready' : 'ready'
}

export interface Calculation {
  readonly replicas: number
  readonly groups: Groups
}

/** How many replicas the metrics ask for; `undefined` when the controller gives up for this time. */
export function calculateReplicas(
  currentReplicas: number,
  pods: readonly PodState[],
  metrics: ReadonlyMap<string, PodMetric>,
  target: CpuTarget,
  nowMs: number,
): Calculation | undefined {
  const groups = groupPods(pods, metrics, nowMs)
  const requests = new Map(pods.map((pod) => [pod.name, pod.requestMillicores]))
  const used = new Map([...metrics].map(([name, { millicores }]) => [name, millicores]))
  for (const name of [...groups.ignored, ...groups.unready]) used.delete(name)
  if (pods.length === 0 || used.size === 0) return undefined
  const stay = { replicas: currentReplicas, groups }

  const ratio = usageRatio(used, requests, target)
  const scalesUpWithUnready = groups.unready.length > 0 && ratio > 1
  if (!scalesUpWithUnready && groups.missing.length === 0) {
    if (isWithin(ratio)) return stay
    return { replicas: Math.ceil(ratio * groups.ready.length), groups }
  }
  for (const name of groups.missing) {
    if (ratio < 1) used.set(name, asked(target, requests.get(name) ?? 0))
    else if (ratio > 1) used.set(name, 0)
  }
  if (scalesUpWithUnready) for (const name of groups.unready) used.set(name, 0)

  const again = usageRatio(used, requests, target)
  if (isWithin(again) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1)) return stay
  const replicas = Math.ceil(again * used.size)
  if ((again < 1 && replicas > currentReplicas) || (again > 1 && replicas < currentReplicas)) return stay
  return { replicas, groups }
}

const isWithin = (ratio: number): boolean => ratio >= 1 - TOLERANCE && ratio <= 1 + TOLERANCE

/** What a missing pod is taken to use when the others use too little. */
const asked = (target: CpuTarget, requestMillicores: number): number =>
  'percent' in target ? Math.trunc((requestMillicores * Math.max(100, target.percent)) / 100) : target.millicores

function usageRatio(
  used: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
  target: CpuTarget,
): number {
  let usage = 0
  let request = 0
  for (const [name, millicores] of used) {
    if ('percent' in target && !requests.has(name)) continue
    usage += millicores
    request += requests.get(name) ?? 0
  }
  // Utilization is a whole percentage in the controller.
  if ('percent' in target) return Math.trunc((usage * 100) / request) / target.percent
  return usage / used.size / target.millicores
}

interface Event {
  readonly atMs: number
  readonly value: number
}

/** What the controller remembers of one HPA (horizontal.go): recommendations and scale events. */
export class Autoscaler {
  readonly #target: CpuTarget
  readonly #min: number
  readonly #max: number
  #recommendations: Event[] = []
  #scaleUps: Event[] = []
  #scaleDowns: Event[] = []

  constructor(options: { readonly target: CpuTarget; readonly minReplicas: number; readonly maxReplicas: number }) {
    this.#target = options.target
    this.#min = options.minReplicas
    this.#max = options.maxReplicas
  }

  /** One turn of the loop: the number of replicas from now on. */
  sync(
    currentReplicas: number,
    pods: readonly PodState[],
    metrics: ReadonlyMap<string, PodMetric>,
    nowMs: number,
  ): { readonly replicas: number; readonly calculation: Calculation | undefined } {
    const calculation = calculateReplicas(currentReplicas, pods, metrics, this.#target, nowMs)
    if (calculation === undefined) return { replicas: currentReplicas, calculation }
    const stabilized = this.#stabilize(currentReplicas, calculation.replicas, nowMs)
    const replicas = this.#limit(currentReplicas, stabilized, nowMs)
    if (replicas > currentReplicas) this.#scaleUps.push({ atMs: nowMs, value: replicas - currentReplicas })
    if (replicas < currentReplicas) this.#scaleDowns.push({ atMs: nowMs, value: currentReplicas - replicas })
    return { replicas, calculation }
  }

  /** Up at once (stabilization 0), down to no less than any recommendation of the last five minutes. */
  #stabilize(current: number, desired: number, nowMs: number): number {
    this.#recommendations = this.#recommendations.filter(({ atMs }) => atMs > nowMs - DOWN_STABILIZATION_MS)
    const most = Math.max(desired, ...this.#recommendations.map(({ value }) => value))
    this.#recommendations.push({ atMs: nowMs, value: desired })
    return Math.min(Math.max(current, desired), most)
  }

  #limit(current: number, desired: number, nowMs: number): number {
    const recent = (events: readonly Event[]): number =>
      events.reduce((sum, { atMs, value }) => (atMs > nowMs - SCALE_UP.periodMs ? sum + value : sum), 0)
    const atStart = current - recent(this.#scaleUps) + recent(this.#scaleDowns)
    if (desired > current) {
      const limit = Math.max(atStart + SCALE_UP.pods, Math.ceil(atStart * (1 + SCALE_UP.percent / 100)))
      return Math.min(desired, this.#max, Math.max(limit, current))
    }
    // Down by all that there are, within one period: only the minimum binds.
    return Math.max(desired, this.#min)
  }
}
