import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Clock } from '../model/clock.ts'
import type { NodeRecord, PodRecord } from '../model/cluster-objects.ts'
import type { Coverage, NodeUsage, PodUsage } from '../model/usage.ts'
import type { AccessDecision, AccessQuestion, RequestCredentials, User } from '../model/identity.ts'
import type { FaultLog, Logger } from '../model/log.ts'
import type { Bounds } from './server/bounds.ts'

/** The nodes that are served. */
export interface NodeSource {
  get(name: string): NodeRecord | undefined
  /** Sorted by name. */
  all(): readonly NodeRecord[]
}

/** The running pods. */
export interface PodSource {
  get(namespace: string, name: string): PodRecord | undefined
  /** Sorted by name. */
  inNamespace(namespace: string): readonly PodRecord[]
  /** Sorted. */
  namespaces(): readonly string[]
}

/** What is known of their use; `undefined` when nothing is to be served. */
export interface UsageSource {
  node(name: string): NodeUsage | undefined
  pod(record: PodRecord): PodUsage | undefined
  /** The same for several pods that are listed repeatedly. */
  watchPods(records: readonly PodRecord[]): UsageWatch<PodUsage>
}

/** What is known of the use of some objects, and what has changed since it was read: at first, all. */
export interface UsageWatch<S> {
  /** The first index, from this one on, of which `read` may give something else than it last did; else their number. */
  changedFrom(index: number): number
  /** What is to be served of the object at an index; `undefined` when there is nothing. */
  read(index: number): S | undefined
}

export type ProbeEndpoint = 'healthz' | 'livez' | 'readyz'

/** A named check that some of the probes make. */
export interface HealthCheck {
  /** Goes into a path: letters, digits, dashes and slashes. */
  readonly name: string
  readonly endpoints: readonly ProbeEndpoint[]
  /** The Go server does not have it: verbose responses list it only when it fails, since upstream's e2e suite compares the lines. */
  readonly isOurs?: boolean
  /** The reason for failing; `undefined` when all is well. */
  check(): string | undefined
}

/** The server's own metrics. */
export interface MetricsText {
  readonly contentType: string
  text(): Promise<string>
}

/** What the kubelets report, in their own metrics: too much for one buffer. */
export interface ResourceMetrics {
  readonly contentType: string
  chunks(): Iterable<Buffer>
}

/** What the metrics of requests say of a route: labels of kubernetes/apiserver, pkg/endpoints/metrics. */
export interface EndpointLabels {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Of what is no resource, the path; empty for a path that is not served. */
  readonly subresource: string
  readonly scope: '' | 'cluster' | 'namespace' | 'resource'
  readonly component: '' | 'apiserver'
}

/**
 * What is counted apart from what else. Nothing in it is the client's word, so there are only so many.
 */
export interface RequestKind extends EndpointLabels {
  /** In capitals, LIST and WATCH distinguished from GET; `other` for what no Kubernetes client sends. */
  readonly verb: string
  /** `All`, `invalid`, or empty. */
  readonly dryRun: string
}

/** Counts what is answered. Called for every request, so it has to be quick. */
export interface RequestMetrics {
  /** @param kind the same object for all requests of a kind. */
  answered(kind: RequestKind, status: number, seconds: number): void
  /** How long the body was that was sent, before compression. */
  sized(kind: RequestKind, bytes: number): void
  /** So many requests hold a place among those in flight. */
  inFlight(pool: 'readOnly' | 'mutating', count: number): void
}

/** `version.Info` of apimachinery, as /version reports it. */
export interface VersionInfo {
  readonly major: string
  readonly minor: string
  readonly gitVersion: string
  readonly gitCommit: string
  readonly gitTreeState: string
  readonly buildDate: string
  /** Go's own version in the Go server; here the runtime's. */
  readonly goVersion: string
  readonly compiler: string
  readonly platform: string
}

/** What the server proves itself with and whose client certificates it accepts. */
export interface TlsMaterial {
  /** PEM. */
  readonly cert: string
  /** PEM. */
  readonly key: string
  /** PEM certificates of every authority whose client certificates may come; none means that none is accepted. */
  readonly ca: readonly string[]
  /**
   * What to show instead to a client that asks for this name, or that came to this address and asks for none;
   * `undefined`: `cert` and `key`.
   */
  choose?(nameOrAddress: string): NamedPair | undefined
}

/** A certificate and its key, PEM. The same object stands for the same pair. */
export interface NamedPair {
  readonly certPem: string
  readonly keyPem: string
}

export interface TlsOptions extends TlsMaterial {
  /** Versions, ciphers and what else is settled for every secure context; TLS 1.2 at least when left out. */
  readonly protocol?: Omit<SecureContextOptions, 'cert' | 'key' | 'ca'>
  readonly http2?: boolean
  /** Streams that a client may have open on one HTTP/2 connection. 100, as the Go server. */
  readonly http2MaxStreams?: number
}

export interface ApiOptions {
  readonly nodes: NodeSource
  readonly pods: PodSource
  readonly usage: UsageSource
  /** Who is asking. `undefined`, or a rejection (which is logged): 401. */
  authenticate(credentials: RequestCredentials): Promise<User | undefined>
  /** Whether a connection's certificate is the front proxy's, which may send longer heads. Nobody's when left out. */
  isFrontProxy?(connection: TLSSocket): boolean
  /**
   * May they. A rejection, which has been reported, is answered with 500, a TooManyReviewsError with 429.
   * @param gone called when there is something to wait for: its signal aborts when nobody waits for the answer any more.
   */
  authorize(user: User, question: AccessQuestion, gone?: () => AbortSignal): Promise<AccessDecision>
  /** In the order of `?verbose`. `ping` and `shutdown` are there already. */
  readonly checks: readonly HealthCheck[]
  readonly metrics: MetricsText
  /** Served at /metrics/resource, which is not there otherwise. */
  readonly resourceMetrics?: ResourceMetrics
  readonly requestMetrics?: RequestMetrics
  readonly status: StatusSource
  /** Tables have a column for ephemeral storage. */
  readonly ephemeralStorage?: boolean
  /** Called with the age of each measurement that is served, seconds. */
  freshness(ageSeconds: number): void
  readonly log: Logger
  readonly faults: FaultLog
  readonly clock: Clock
  /** Makes an Audit-Id: a UUID. */
  readonly newId: () => string
  readonly version: VersionInfo
  /** Bounds other than the usual ones. */
  readonly limits?: Partial<Bounds>
  readonly tls: TlsOptions
  readonly bindAddress: string
  /** 0 for any free one. */
  readonly port: number
  /** SO_REUSEPORT. */
  readonly reusePort?: boolean
}

/** What came of asking one node. */
export interface NodeStatus {
  readonly name: string
  /** Since the last request ended, milliseconds; `undefined` before the first has. */
  readonly scrapedAgoMs: number | undefined
  /** How long that took, milliseconds. */
  readonly tookMs: number | undefined
  /** The Summary API or /metrics/resource: what answered last. */
  readonly source: 'summary' | 'resource' | undefined
  /** What is served of the node was measured then, milliseconds since the epoch; `undefined` when nothing is served. */
  readonly sampledAtMs: number | undefined
  /** Pods that its kubelet reported last, and those of them with something to serve. */
  readonly pods: { readonly reported: number; readonly served: number }
  /** `undefined` when the last request succeeded. */
  readonly failure: NodeStatusFailure | undefined
}

export interface NodeStatusFailure {
  /** A word. */
  readonly cause: string
  /** One line, from outside. */
  readonly message: string
  /** Since the first failure in a row, milliseconds. */
  readonly forMs: number
  /** Failures in a row. */
  readonly times: number
}

/** A flag with its effective value. None holds a secret. */
export interface FlagStatus {
  readonly name: string
  readonly value: string
  readonly default: string
  /** On the command line. */
  readonly given: boolean
  /** Without effect. */
  readonly ignored: boolean
}

/** What /statusz and /flagz show that nobody else here knows. Called only when one of the pages is requested. */
export interface StatusSource {
  readonly hostName: string
  /** Of the process, milliseconds since the epoch. */
  readonly startedAtMs: number
  coverage(): Coverage
  /** In no order. */
  nodes(): readonly NodeStatus[]
  flags(): readonly FlagStatus[]
}
