import type { ContainerSample, NodeSample, PodSample } from '../../src/model/sample.ts'
import { unpackSamples } from '../../src/model/sample-rows.ts'

/** A pod with its containers as objects. */
export interface PlainPod extends Omit<PodSample, 'containers'> {
  readonly containers: readonly ContainerSample[]
}

export interface PlainSample extends Omit<NodeSample, 'pods'> {
  readonly pods: readonly PlainPod[]
}

/** A sample with every container as an object, to be compared and to be read. */
export const plain = (sample: NodeSample): PlainSample => ({
  ...sample,
  pods: sample.pods.map((pod) => ({ ...pod, containers: unpackSamples(pod.containers) })),
})
