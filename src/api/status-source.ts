import type { Coverage } from '../model/coverage.ts'

/** What came of asking one node. */
export interface NodeStatus {
  readonly name: string
  /** Since the last request ended, milliseconds; `undefined` before the first has. */
  readonly askedAgoMs: number | undefined
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

/** A flag as it stands. None holds a secret. */
export interface FlagStatus {
  readonly name: string
  readonly value: string
  readonly default: string
  /** On the command line. */
  readonly given: boolean
  /** Without effect. */
  readonly ignored: boolean
}

/** What /statusz and /flagz show that nobody else here knows. Asked only when somebody looks. */
export interface StatusSource {
  readonly hostName: string
  /** Of the process, milliseconds since the epoch. */
  readonly startedAtMs: number
  coverage(): Coverage
  /** In no order. */
  nodes(): readonly NodeStatus[]
  flags(): readonly FlagStatus[]
}
