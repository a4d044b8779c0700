import type { Clock } from '../../src/model/clock.ts'
import type { PodState } from './autoscaler.ts'

/** How a new pod comes up. */
interface Rise {
  readonly nodeName: string
  /** From its creation to the start of its container, milliseconds. */
  readonly startsAfterMs: number
  /** From there until it is Ready and takes its share of the work, milliseconds. */
  readonly readyAfterMs: number
}

/** CPU that a start costs besides the work, and for how long. */
export interface Burn {
  readonly millicores: number
  readonly lastsMs: number
}

/** Work comes in pulses, as real work does: `depth` from 0 for none to 1, where it rests at the ebb. Each pod has its own. */
export interface Pulse {
  readonly depth: number
  readonly periodMs: number
}

/** A pod of the deployment. Times are milliseconds since the epoch. */
export interface DeploymentPod {
  readonly name: string
  readonly uid: string
  readonly nodeName: string
  readonly scheduledMs: number
  readonly startMs: number
  readonly readyMs: number
}

interface DeploymentOptions {
  readonly clock: Clock
  readonly requestMillicores: number
  readonly workMillicores: number
  readonly burn: Burn
  readonly pulse: Pulse
  /** Of the first pod, the second, … */
  readonly rises: readonly Rise[]
}

/** What a kubelet takes to tell the apiserver of a container that runs. */
const STATUS_MS = 1000
/** Sums of fractions of milliseconds since 1970 are no more exact than that. */
const EXACT_MS = 1

const cut = (ms: number): number => Math.floor(ms / 1000) * 1000

/** Pods that share some work evenly: each that is Ready does its part. */
export class Deployment {
  readonly #options: DeploymentOptions
  readonly #pods: DeploymentPod[] = []
  /** What each Ready pod has done of the work since the beginning, nanoseconds, at the moments at which its share changed. */
  readonly #shares: { atMs: number; nanoseconds: number; nanocores: number }[] = []
  #workMillicores: number

  constructor(options: DeploymentOptions) {
    this.#options = options
    this.#workMillicores = options.workMillicores
  }

  get pods(): readonly DeploymentPod[] {
    return this.#pods
  }

  podsOn(nodeName: string): readonly DeploymentPod[] {
    return this.#pods.filter((pod) => pod.nodeName === nodeName)
  }

  /** Changes the work that there is to do from now on. */
  setWork(millicores: number): void {
    this.#workMillicores = millicores
    this.#share()
  }

  /** Adds pods until there are so many; `agedMs`: they have been there for that long already. */
  scaleTo(replicas: number, agedMs = 0): void {
    const { clock, rises } = this.#options
    while (this.#pods.length < replicas) {
      const index = this.#pods.length
      const rise = rises[index]
      if (rise === undefined) throw new RangeError(`nobody knows how pod ${index} comes up`)
      const createdMs = clock.wallMs() - agedMs
      const startMs = createdMs + rise.startsAfterMs
      const readyMs = startMs + rise.readyAfterMs
      const scheduledMs = createdMs + rise.startsAfterMs / 2
      const { nodeName } = rise
      this.#pods.push({ name: `web-${index}`, uid: `uid-${index}`, nodeName, scheduledMs, startMs, readyMs })
      if (agedMs === 0) clock.after(readyMs - createdMs, () => this.#share())
    }
    this.#share()
  }

  /** The counter of a pod's container, nanoseconds; `undefined` before it has started. */
  nanosecondsOf({ startMs, readyMs }: DeploymentPod, atMs: number): number | undefined {
    if (atMs < startMs) return undefined
    const { burn } = this.#options
    const burned = burn.millicores * Math.min(atMs - startMs, burn.lastsMs) * 1000
    const worked = (ms: number): number => this.#workedBy(this.#pulsed(ms, startMs))
    return burned + Math.max(0, worked(atMs) - worked(Math.min(readyMs, atMs)))
  }

  /** As the controller sees the pods now. */
  states(): PodState[] {
    const nowMs = this.#options.clock.wallMs()
    return this.#pods.map(({ name, scheduledMs, startMs, readyMs }) => ({
      name,
      phase: nowMs >= Math.min(readyMs, startMs + STATUS_MS) ? 'Running' : 'Pending',
      isDeleting: false,
      startTimeMs: nowMs >= scheduledMs ? cut(scheduledMs) : undefined,
      ready: { status: nowMs >= readyMs, lastTransitionMs: cut(nowMs >= readyMs ? readyMs : scheduledMs) },
      requestMillicores: this.#options.requestMillicores,
    }))
  }

  #share(): void {
    const atMs = this.#options.clock.wallMs()
    const ready = this.#pods.filter(({ readyMs }) => readyMs <= atMs + EXACT_MS).length
    const nanocores = ready === 0 ? 0 : (this.#workMillicores * 1e6) / ready
    this.#shares.push({ atMs, nanoseconds: this.#workedBy(atMs), nanocores })
  }

  #workedBy(atMs: number): number {
    const from = this.#shares.findLast((share) => share.atMs <= atMs) ?? this.#shares[0]
    return from === undefined ? 0 : from.nanoseconds + (from.nanocores * (atMs - from.atMs)) / 1000
  }

  /** By when as much had come, had it come evenly. */
  #pulsed(atMs: number, startMs: number): number {
    const { depth, periodMs } = this.#options.pulse
    const turn = (2 * Math.PI) / periodMs
    return atMs - (depth / turn) * Math.cos(atMs * turn + startMs)
  }
}
