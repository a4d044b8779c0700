import type { SimContainer, SimNode, SimPod } from '../world/things.ts'
import { phaseAt } from '../world/truth.ts'
import type { World } from '../world/world.ts'
import {
  type ContainerReading,
  type Reading,
  readByRuntime,
  readContainer,
  readNode,
  readPod,
  type Sampling,
  USUAL_SAMPLING,
} from './cgroups.ts'

export interface PodReport {
  readonly pod: SimPod
  readonly reading: Reading
  readonly containers: readonly ContainerReading[]
}

/** What a kubelet knows of its node when asked. `offsetMs` is how far its clock is ahead of the world's. */
export interface NodeReport {
  readonly node: SimNode
  readonly reading: Reading
  readonly pods: readonly PodReport[]
  readonly nowMs: number
  readonly offsetMs: number
}

/** Finds `usageNanoCores` of a container. */
export type RateOf = (reading: Omit<ContainerReading, 'cpuNanocores'>) => number

/** Finished pods and containers that do not run are absent, as in the recordings of a real kubelet. */
export function reportNode(
  world: World,
  node: SimNode,
  offsetMs: number,
  rateOf: RateOf,
  sampling = USUAL_SAMPLING,
): NodeReport {
  const nowMs = Math.floor(world.nowMs())
  const pods = [...world.podsOn(node.name)]
  const running = pods.filter((pod) => pod.createdMs <= nowMs && phaseAt(pod, nowMs) === 'Running')
  return {
    node,
    nowMs,
    offsetMs,
    reading: readNode(node, pods, nowMs, sampling),
    pods: running.map((pod) => ({
      pod,
      reading: readPod(pod, node, nowMs, sampling),
      containers: pod.containers
        .map((container) => read(container, pod, node, nowMs, rateOf, sampling))
        .filter((reading) => reading !== undefined),
    })),
  }
}

function read(
  container: SimContainer,
  pod: SimPod,
  node: SimNode,
  nowMs: number,
  rateOf: RateOf,
  sampling: Sampling,
): ContainerReading | undefined {
  if (sampling.containers === 'by-runtime') return readByRuntime(container, pod, node, nowMs, sampling)
  const reading = readContainer(container, node, nowMs)
  return reading && { ...reading, cpuNanocores: rateOf(reading) }
}
