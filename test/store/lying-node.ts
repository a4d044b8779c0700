import { USUAL_SAMPLING } from '../../sim/kubelet/cgroups.ts'
import { writeExposition } from '../../sim/kubelet/exposition.ts'
import { LastAsked } from '../../sim/kubelet/last-asked.ts'
import type { KubeletManner, Oddity } from '../../sim/kubelet/oddities.ts'
import { type NodeReport, reportNode } from '../../sim/kubelet/report.ts'
import { writeSummary } from '../../sim/kubelet/summary.ts'
import { createNode } from '../../sim/world/population.ts'
import { createRandom } from '../../sim/world/random.ts'
import { type Rate, sinus, steady, stepping } from '../../sim/world/rates.ts'
import type { SimNode, SimPod } from '../../sim/world/things.ts'
import { World } from '../../sim/world/world.ts'
import { createExpositionDecoder } from '../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../src/kubelet/decode/summary.ts'
import { NO_LABELS } from '../../src/kubernetes/labels.ts'
import type { PodUsage } from '../../src/model/usage.ts'
import { Store } from '../../src/store/store.ts'
import { History } from '../soak/history.ts'
import { judgeNode, judgePod, type Tolerance } from '../soak/judge.ts'
import { createManualClock, type ManualClock } from '../support/manual-clock.ts'

export const RESOLUTION_MS = 15_000
const RETENTION_MS = 3 * RESOLUTION_MS
const HOUR_MS = 3_600_000
const MILLI = 1e6
const NODE = 'n'
const MACHINE = { cpuNanocores: 4e9, memoryBytes: 16 * 2 ** 30 }
const SLACK = 1.1

const cut = (ms: number): number => Math.floor(ms / 1000) * 1000

/**
 * One node with two pods, whose kubelet is made to say other things than are so, and a store that takes its answers, in
 * either format and through the decoders.
 */
export class LyingNode {
  readonly clock: ManualClock = createManualClock({ wallMs: Date.UTC(2026, 0, 1, 12) + 370 })
  readonly world: World
  readonly pods: readonly SimPod[]
  readonly #node: SimNode
  readonly #history: History
  readonly #store: Store
  readonly #format: 'summary' | 'resource'
  readonly #manner: KubeletManner
  readonly #lastAsked = new LastAsked()
  /** What the kubelet would have said last. */
  #truth: NodeReport | undefined
  /** Pods that were not served before the last answer, with what was served of them first. */
  readonly #first = new Map<string, number>()
  readonly #everServed = new Set<string>()
  readonly #restartedMs = new Map<string, number>()
  readonly #decodeSummary = createSummaryDecoder()
  readonly #decodeExposition = createExpositionDecoder()

  constructor(format: 'summary' | 'resource', manner: KubeletManner) {
    this.#format = format
    this.#manner = manner
    this.world = new World(this.clock, createRandom(1))
    const now = this.world.nowMs()
    const { system, ...made } = createNode(1, now, this.world.random)
    this.#node = {
      ...{ ...made, name: NODE, cores: 4, memoryBytes: MACHINE.memoryBytes, bootMs: now - 3 * HOUR_MS },
      system: { rate: steady(110 * MILLI), memory: system.memory },
    }
    this.world.addNode(this.#node)
    this.pods = [
      this.#addPod('web', [sinus(300 * MILLI, 150 * MILLI, 90_000, 0), steady(80 * MILLI)]),
      this.#addPod('job', [stepping([150 * MILLI, 900 * MILLI, 300 * MILLI], 20_000)]),
    ]
    this.#history = new History(this.world)
    this.#store = new Store({ clock: this.clock, resolutionMs: RESOLUTION_MS, retentionMs: RETENTION_MS })
  }

  /** Scrapes the kubelet, which samples in the middle; `oddity` comes on top of the manner. */
  async ask(
    tookMs: number,
    { oddity, isExtra }: { readonly oddity: Oddity | undefined; readonly isExtra: boolean },
  ): Promise<void> {
    await this.clock.advance(tookMs / 2)
    const isSummary = this.#format === 'summary'
    const rateOf = isSummary
      ? (reading: Parameters<LastAsked['rateOf']>[0]) => this.#lastAsked.rateOf(reading)
      : () => 0
    const { sampling = USUAL_SAMPLING, oddity: always } = this.#manner
    this.#truth = reportNode(this.world, this.#node, 0, rateOf, sampling)
    const told = [always, oddity].reduce((report, change) => change?.(report, this.world) ?? report, this.#truth)
    const body = isSummary ? writeSummary(told, true) : writeExposition(told)
    const askedAt = { wallMs: this.clock.wallMs(), monotonicMs: this.clock.monotonicMs() }
    await this.clock.advance(tookMs / 2)
    const decode = isSummary ? this.#decodeSummary : this.#decodeExposition
    const sample = await decode(Buffer.from(body), true)
    const nodeTimeMs = cut(this.clock.wallMs()) - tookMs / 2
    this.#store.put(NODE, { sample, askedAt, nodeTimeMs, tookMs }, { capacity: MACHINE, isExtra })
  }

  /** What is served now and is wrong, in words. */
  wrong(tolerance: Tolerance): string[] {
    const found: string[] = []
    const node = this.#store.node(NODE)
    if (node !== undefined) {
      const { wrong } = judgeNode(this.#history, NODE, node, tolerance)
      if (wrong !== undefined) found.push(`node: ${wrong}`)
      found.push(...beyondMachine(NODE, node.usage))
    }
    for (const pod of this.pods) {
      const usage = this.served(pod)
      if (usage === undefined) {
        this.#first.delete(pod.name)
        continue
      }
      const { wrong } = judgePod(this.#history, `default/${pod.name}`, usage, tolerance)
      if (wrong !== undefined && !this.#isFirst(pod, usage)) found.push(`pod ${pod.name}: ${wrong}`)
      for (const container of usage.containers) found.push(...beyondMachine(container.name, container.usage))
    }
    return found
  }

  /** What has not been served with a value of the last two resolutions, though it could. */
  missing(): string[] {
    const sinceMs = this.clock.wallMs() - 2 * RESOLUTION_MS
    const isOld = (usage: { timestampMs: number } | undefined) => usage === undefined || usage.timestampMs < sinceMs
    const missing = this.pods.filter((pod) => isOld(this.served(pod))).map(({ name }) => `pod ${name}`)
    return isOld(this.#store.node(NODE)) ? ['node', ...missing] : missing
  }

  /** Pods that were served, and are not: what is known to be right stays, whatever a single answer says. */
  lost(): string[] {
    for (const pod of this.pods) {
      const isOfNow = (this.served(pod)?.timestampMs ?? 0) > (this.#restartedMs.get(pod.name) ?? 0)
      if (isOfNow) this.#everServed.add(pod.name)
    }
    return this.pods
      .filter((pod) => this.#everServed.has(pod.name) && this.served(pod) === undefined)
      .map((p) => p.name)
  }

  /** Containers of a pod start anew: it may be absent for a while. */
  restart(pod: SimPod, which: 'all' | 'one'): void {
    this.world.restartContainers(pod, which === 'all' ? undefined : pod.containers[0]?.name)
    this.#everServed.delete(pod.name)
    this.#restartedMs.set(pod.name, this.clock.wallMs())
  }

  served({ namespace, name, uid }: SimPod): PodUsage | undefined {
    return this.#store.pod({ namespace, name, uid, labels: NO_LABELS })
  }

  /**
   * Whether it is the first that is served of a pod, and the kubelet's own rate: true, but over a time that nobody tells.
   */
  #isFirst(pod: SimPod, { timestampMs, containers }: PodUsage): boolean {
    const firstMs = this.#first.get(pod.name) ?? timestampMs
    this.#first.set(pod.name, firstMs)
    const told = this.#truth?.pods.find((each) => each.pod === pod)?.containers ?? []
    const isOwn = containers.every(({ name, usage }) =>
      told.some(({ container, cpuNanocores }) => container.name === name && cpuNanocores === usage.cpuNanocores),
    )
    return firstMs === timestampMs && isOwn
  }

  #addPod(name: string, rates: readonly Rate[]): SimPod {
    const memory = { baseBytes: 64 * 2 ** 20, swingBytes: 0, periodMs: 1000 }
    const containers = rates.map((rate, i) => ({
      ...{ name: `${name}-${i}`, role: 'main' as const, rate, memory, life: { kind: 'forever' as const } },
    }))
    const createdMs = this.world.nowMs() - 2 * HOUR_MS
    return this.world.addPod({ namespace: 'default', name, nodeName: NODE, containers, createdMs })
  }
}

function beyondMachine(name: string, usage: { cpuNanocores: number; memoryBytes: number }): string[] {
  if (usage.cpuNanocores > MACHINE.cpuNanocores * SLACK) return [`${name} uses ${usage.cpuNanocores / 1e9} cores`]
  return usage.memoryBytes > MACHINE.memoryBytes * SLACK ? [`${name} uses ${usage.memoryBytes} bytes`] : []
}
