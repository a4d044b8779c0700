import type { World } from '../world/world.ts'
import { type ContainerReading, type Reading, type Sampling, USUAL_SAMPLING } from './cgroups.ts'
import type { KubeletFault } from './faults.ts'
import type { AnswerForm } from './forms.ts'
import { type NodeReport, type PodReport, reportNode } from './report.ts'
import type { PressureUnit } from './summary.ts'

/**
 * Changes what a kubelet says in one answer, in either format. Kubelets have been seen to do each of these; what is wrong
 * for some time, or for one answer, keeps its state to itself.
 */
export type Oddity = (report: NodeReport, world: World) => NodeReport

/** Where a kubelet is unlike others. */
export interface KubeletManner {
  readonly sampling?: Sampling
  /** What it says that is not so. */
  readonly oddity?: Oddity
  readonly form?: AnswerForm
  /** Its kernel counts pressure, which it reports of containers in this unit; without it all is 0, as on a kernel without. */
  readonly pressure?: PressureUnit
}

type ChangeOf<R> = (reading: R, report: NodeReport) => R

/** What is left of a number below zero in 64 bits. */
const NEAR_2_64 = 2 ** 64 - 2 ** 33

/** Waits up to two seconds before it samples, and again before it answers, as kubelets of busy nodes do. */
export const BUSY: KubeletFault = { kind: 'busy', longestMs: 2000 }

/** CRI-O's runtime looks at containers by itself and dates what it saw. */
export const KEEPING_RUNTIME: KubeletManner = { sampling: { ...USUAL_SAMPLING, containers: 'by-runtime' } }

/** One after the other. */
export const together =
  (...oddities: readonly Oddity[]): Oddity =>
  (report, world) =>
    oddities.reduce((changed, oddity) => oddity(changed, world), report)

/** In the first answer only. */
export function once(oddity: Oddity): Oddity {
  let isOver = false
  return (report, world) => {
    if (isOver) return report
    isOver = true
    return oddity(report, world)
  }
}

/** Of every container. */
export const ofContainers =
  (change: ChangeOf<ContainerReading>): Oddity =>
  (report) => ({
    ...report,
    pods: report.pods.map((pod) => ({ ...pod, containers: pod.containers.map((each) => change(each, report)) })),
  })

/** Of the node itself. */
export const ofNode =
  (change: ChangeOf<Reading>): Oddity =>
  (report) => ({ ...report, reading: change(report.reading, report) })

/** Of the node and of every container. */
export const ofAll = (change: <R extends Reading>(reading: R, report: NodeReport) => R): Oddity =>
  together(ofNode(change), ofContainers(change))

/** google/cadvisor#3199: the counter is 0, its start and its rate stay. */
export const counterZero = <R extends Reading>(reading: R): R => ({ ...reading, cpuNanoseconds: 0 })

/** kubernetes/kubernetes#114057: the counter falls to a small value. */
export const counterSmall = <R extends Reading>(reading: R): R => ({
  ...reading,
  cpuNanoseconds: Math.floor(reading.cpuNanoseconds / 1000),
})

/** google/cadvisor#3611: the counter is near 2^64, and the rate beside it is mad. */
export const counterJump = <R extends Reading>(reading: R): R => ({
  ...reading,
  cpuNanoseconds: NEAR_2_64,
  cpuNanocores: 1e18,
})

/** kubernetes/kubernetes#134253: the kubelet's own rate is more than the machine has. */
export const rateAbsurd = <R extends Reading>(reading: R): R => ({ ...reading, cpuNanocores: 2.2e14 })

/** containerd/containerd#9531: the kubelet's own rate is 0. */
export const rateZero = <R extends Reading>(reading: R): R => ({ ...reading, cpuNanocores: 0 })

export const memoryBeyondMachine = <R extends Reading>(reading: R): R => ({ ...reading, memoryBytes: NEAR_2_64 })

/** google/cadvisor#2905: the start is the age of a file, which is so young; the counter goes on. */
export const startedJustNow =
  (ageMs: number) =>
  <R extends Reading>(reading: R, { nowMs }: NodeReport): R => ({ ...reading, startMs: nowMs - ageMs })

/** The start is off by up to `byMs`, by another amount in each answer. */
export const startJitters =
  (byMs: number) =>
  <R extends Reading>(reading: R, { nowMs }: NodeReport): R => ({
    ...reading,
    startMs: reading.startMs + (((nowMs * 0.618) % 2) - 1) * byMs,
  })

/** The runtime dated its values with the time 0. */
export const timeOf1970 = <R extends Reading>(reading: R, { offsetMs }: NodeReport): R => ({
  ...reading,
  timeMs: -offsetMs,
})

/** kubernetes/kubernetes#69658: the pod list is empty. */
export const noPods: Oddity = (report) => ({ ...report, pods: [] })

/** kubernetes/kubernetes#77426: beside each pod one of the same name that has ended, with another uid. */
export const twins = (order: 'old-first' | 'new-first'): Oddity =>
  changePods((pod) => {
    const old: PodReport = {
      ...pod,
      pod: { ...pod.pod, uid: `old-${pod.pod.uid}` },
      containers: pod.containers.map(ended),
    }
    return order === 'old-first' ? [old, pod] : [pod, old]
  })

/** kubernetes/kubernetes#47853: each container is listed twice, what is left of an earlier one as well. */
export const containersTwice = (order: 'old-first' | 'new-first'): Oddity =>
  changePods((pod) => {
    const old = pod.containers.map(ended)
    return [{ ...pod, containers: order === 'old-first' ? [...old, ...pod.containers] : [...pod.containers, ...old] }]
  })

/** kubernetes-sigs/metrics-server#210: beside the containers one without a name, which is their sum. */
export const unnamedTotal: Oddity = changePods((pod) => {
  const [first] = pod.containers
  if (first === undefined) return [pod]
  const sum = (of: (each: ContainerReading) => number) => pod.containers.reduce((total, each) => total + of(each), 0)
  const total = {
    ...first,
    container: { ...first.container, name: '' },
    cpuNanoseconds: sum((each) => each.cpuNanoseconds),
    cpuNanocores: sum((each) => each.cpuNanocores),
    memoryBytes: sum((each) => each.memoryBytes),
  }
  return [{ ...pod, containers: [...pod.containers, total] }]
})

/** kubernetes-sigs/metrics-server#1428: another node's kubelet answers at this node's address. */
export const anotherNode =
  (name: string): Oddity =>
  (report, world) => {
    const other = world.nodes.get(name)
    return other === undefined ? report : reportNode(world, other, report.offsetMs, () => 0)
  }

function changePods(change: (pod: PodReport) => PodReport[]): Oddity {
  return (report) => ({ ...report, pods: report.pods.flatMap(change) })
}

/** A container that ran for the minute before this one, and used twice its memory. */
const ended = (reading: ContainerReading): ContainerReading => ({
  ...reading,
  startMs: reading.startMs - 60_000,
  cpuNanoseconds: 4_321_000_000,
  cpuNanocores: 0,
  memoryBytes: 2 * reading.memoryBytes,
})
