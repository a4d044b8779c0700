import type { LeftOut, PodSample } from './sample.ts'

/** Why something could not be read from the apiserver. `unusable`: it answered, but not with what was asked for. */
export type Trouble = 'absent' | 'forbidden' | 'unauthorized' | 'unreachable' | 'untrusted' | 'unusable'

/** What was read, or why it could not be. `message` may quote the other side. */
export type Reading<T> = { readonly found: T } | { readonly trouble: Trouble; readonly message: string }

/** A condition of an object's status, as all Kubernetes APIs write it. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

export interface ServiceReference {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

export interface ApiserverState {
  /** "v1.36.2" */
  readonly version: string
  /** Its clock when it answered, milliseconds since the epoch, to within a second; `undefined` when it does not say. */
  readonly clockAheadMs: number | undefined
}

export interface ApiServiceState {
  /** `undefined` for one that the apiserver serves itself. */
  readonly service: ServiceReference | undefined
  readonly available: Condition | undefined
}

export interface ServiceState {
  readonly ports: readonly number[]
  /** As kubectl's -l takes it; empty when it selects nothing. */
  readonly selector: string
  /** The host that a Service of type ExternalName stands for; `undefined` for other types. */
  readonly externalName: string | undefined
}

export interface EndpointsState {
  readonly ready: readonly string[]
  readonly notReady: readonly string[]
}

/** Whom the server is to take for the front proxy, as the cluster says. */
export interface FrontProxyState {
  /** `undefined`: the configmap names no authority. */
  readonly authority: { readonly subject: string; readonly validToMs: number } | undefined
  /** PEM: whose certificates the front proxy's may be, and whose those of the cluster's clients. */
  readonly frontProxyCaPem: string | undefined
  readonly clientCaPem: string | undefined
  /** Empty: any name. */
  readonly allowedNames: readonly string[]
}

/** One thing that RBAC may allow, in the words of a SelfSubjectAccessReview. */
export interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

export interface PodSeen {
  readonly namespace: string
  readonly name: string
  /** As its kubelet knows it: for the mirror of a static pod that is not `metadata.uid`. */
  readonly uid: string
  readonly createdMs: number
  /** Not in the metadata alone. */
  readonly nodeName: string | undefined
}

/** What a kubelet reports of a pod. */
export interface PodAtKubelet {
  /** `undefined`: it is not among the pods that can be served. */
  readonly sample: PodSample | undefined
  /** Pods of the same answer that were left out, of which it may be one. */
  readonly leftOut: LeftOut | undefined
}

/** When a node's usage was sampled and over which time, by the server's answer. */
export interface ServedSample {
  readonly timestampMs: number
  readonly window: string
}

export interface AutoscalerState {
  readonly namespace: string
  readonly name: string
  readonly conditions: readonly Condition[]
}

/** What is wrong at a kubelet, in the words of the errors that the server logs. */
export interface NodeFault {
  readonly reason: string
  readonly what: string
  readonly remedy: string
}

export interface AddressTried {
  /** With its port. */
  readonly address: string
  /** "InternalIP" */
  readonly type: string
  /** How far it came: `tcp` and `tls` with the fault that ended it there. */
  readonly stage: 'tcp' | 'tls' | 'reached'
  readonly fault: NodeFault | undefined
}

export interface ShownCertificate {
  readonly names: string
  readonly issuer: string
  readonly validToMs: number
  /** False where the flags ask for no proof. */
  readonly verified: boolean
}

export interface EndpointTried {
  readonly endpoint: 'summary' | 'resource' | 'annotated'
  readonly path: string
  /** `undefined`: its answer can be used. */
  readonly fault: NodeFault | undefined
  /** The server has to do without it: the fault is the node's, or it may have it. */
  readonly needed: boolean
}

/** All that was found out about one node's kubelet, by the way that the server goes. */
export interface KubeletChecks {
  /** In the order tried; those after the one that answered are not. */
  readonly addresses: readonly AddressTried[]
  /** Set when not even an address could be chosen, or no credential be had. */
  readonly fault: NodeFault | undefined
  /** Set when no connection came about at any address: each with its cause, the most telling first. */
  readonly unreachable: NodeFault | undefined
  /** `undefined` over plain HTTP, and when TLS failed. */
  readonly certificate: ShownCertificate | undefined
  /** Empty when the kubelet was not reached. */
  readonly endpoints: readonly EndpointTried[]
  /** How far the node's clock is ahead of ours, milliseconds, to within half a second. */
  readonly clockAheadMs: number | undefined
}
