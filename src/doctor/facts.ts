import type { NodeRecord } from '../model/cluster-objects.ts'
import type {
  ApiserverState,
  ApiServiceState,
  AutoscalerState,
  EndpointsState,
  FrontProxyState,
  KubeletChecks,
  PodAtKubelet,
  PodSeen,
  Reading,
  Right,
  ServedSample,
  ServiceState,
} from '../model/diagnosis.ts'

/** What is read from the apiserver. Nothing rejects for a fault of the cluster's. */
export interface ClusterFacts {
  /** "https://10.96.0.1:443" */
  readonly server: string
  version(): Promise<Reading<ApiserverState>>
  ownName(): Promise<Reading<string>>
  apiService(): Promise<Reading<ApiServiceState>>
  metricsApi(): Promise<Reading<true>>
  service(namespace: string, name: string): Promise<Reading<ServiceState>>
  endpoints(namespace: string, name: string): Promise<Reading<EndpointsState>>
  /** With the credentials of `--authentication-kubeconfig`. */
  frontProxy(): Promise<Reading<FrontProxyState>>
  /** With the credentials that the server would use it with. */
  may(right: Right, role: Role): Promise<Reading<boolean>>
  /** Those that `--node-selector` selects. */
  nodes(): Promise<Reading<NodeRecord[]>>
  runningPods(withNodes: boolean): Promise<Reading<PodSeen[]>>
  /** The running pods of one node. */
  podsOf(nodeName: string): Promise<Reading<PodSeen[]>>
  /** `undefined` when it does not run any more, or cannot be read. */
  pod(namespace: string, name: string): Promise<PodSeen | undefined>
  servedNodes(): Promise<Reading<ReadonlyMap<string, ServedSample>>>
  /** "namespace/name" */
  servedPods(): Promise<Reading<ReadonlySet<string>>>
  autoscalers(): Promise<Reading<AutoscalerState[]>>
}

/** Whose kubeconfig is used for it. */
export type Role = 'main' | 'authentication' | 'authorization'

/** What is read from kubelets. */
export interface KubeletFacts {
  probe(node: NodeRecord): Promise<KubeletChecks>
  /** What its kubelet reports of a pod. Rejects when the kubelet cannot be scraped. */
  podOf(node: NodeRecord, pod: PodSeen): Promise<PodAtKubelet>
}

/** What of the server's flags matters here. */
export interface DoctorSettings {
  /** Where the flags come from, for people. */
  readonly flags: string
  readonly resolutionMs: number
  readonly nodeSelector: string
  readonly metricsSource: 'auto' | 'summary' | 'resource'
  /** Kubelets are shown credentials of their own, or none: RBAC of our user says nothing of them. */
  readonly ownKubeletCredentials: boolean
  /** The configmap need not be read. */
  readonly skipsFrontProxyLookup: boolean
  readonly givesFrontProxyAuthority: boolean
  /** What the flags say of trust in place of the configmap; a part is `undefined` that they do not set. */
  readonly ownTrust: {
    readonly clientCaPem: string | undefined
    readonly frontProxy: { readonly caPem: string; readonly allowedNames: readonly string[] } | undefined
  }
}

export interface Examination {
  readonly cluster: ClusterFacts
  readonly kubelets: KubeletFacts
  readonly settings: DoctorSettings
  wallMs(): number
  /** Called as nodes are done. */
  progress(done: number, total: number): void
}
