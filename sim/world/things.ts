import type { Lifeline } from './life.ts'
import type { Rate } from './rates.ts'

/** Memory of a container: a base that swings slowly, bytes. */
export interface Memory {
  readonly baseBytes: number
  readonly swingBytes: number
  readonly periodMs: number
}

export interface ContainerTemplate {
  readonly name: string
  /** `sidecar` is an init container with restartPolicy Always. */
  readonly role: 'main' | 'sidecar'
  readonly rate: Rate
  readonly memory: Memory
  readonly life: Lifeline['life']
}

/** A container as it is: its template and its history. */
export interface SimContainer extends ContainerTemplate {
  births: number[]
  endMs: number | undefined
}

export interface SimPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly nodeName: string
  readonly labels: Readonly<Record<string, string>>
  readonly createdMs: number
  readonly workload: string | undefined
  readonly containers: readonly SimContainer[]
  /** When it was deleted; its containers ended with it. */
  deletedMs: number | undefined
}

export interface SimNode {
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly createdMs: number
  readonly cores: number
  readonly memoryBytes: number
  /** Swap of the machine, bytes; 0 where there is none. */
  readonly swapBytes: number
  /** What kubelet, kernel and container runtime burn. */
  readonly system: { readonly rate: Rate; readonly memory: Memory }
  /** When it last booted, milliseconds since the epoch: its counters start there. */
  bootMs: number
  /** CPU of its pods before that, nanoseconds. */
  burnedBeforeBoot: number
  /** Deleted pods of the last minute: what cAdvisor counted of them is still in the node's counter. */
  departed: SimPod[]
  /** CPU of the pods deleted before that, nanoseconds. */
  departedNanoseconds: number
  /** The kubelet's port once it listens. */
  kubeletPort: number | undefined
}

/** A Deployment or a DaemonSet: what its pods look like. */
export interface Workload {
  readonly kind: 'Deployment' | 'DaemonSet'
  readonly namespace: string
  readonly name: string
  /** Labels of its pods, besides `app`. */
  readonly labels: Readonly<Record<string, string>>
  /** Containers of one pod. `number` tells pods apart, so that not all of them burn the same. */
  containers(number: number): readonly ContainerTemplate[]
  /** The pod-template-hash of the present revision. */
  revision: string
}
