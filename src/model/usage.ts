/** What is served of a node or a container. */
export interface Usage {
  /** CPU, nanocores, a whole number of at least 0. */
  readonly cpuNanocores: number
  /** Memory working set, bytes, a whole number of at least 0. */
  readonly memoryBytes: number
  /** Swap in use, bytes; `undefined` where there is no swap. */
  readonly swapBytes: number | undefined
  /**
   * Ephemeral storage in use, bytes, as of the last whole Summary: writable layer and logs of a container, root filesystem of
   * a node. `undefined` where it is not known.
   */
  readonly ephemeralStorageBytes?: number | undefined
}

/** Usage over exactly [timestampMs − windowMs, timestampMs]. Immutable: a new sample makes a new object. */
export interface NodeUsage {
  readonly timestampMs: number
  /** More than 0. */
  readonly windowMs: number
  readonly usage: Usage
}

export interface ContainerUsage {
  readonly name: string
  readonly usage: Usage
}

/** A whole pod: every container that its last sample lists, at least one. Immutable, as {@link NodeUsage}. */
export interface PodUsage {
  /** The earliest of its containers' timestamps. */
  readonly timestampMs: number
  /** The window of the container with that timestamp. */
  readonly windowMs: number
  readonly containers: readonly ContainerUsage[]
}

/** How many nodes or pods the cluster has, and of how many of those there is something to serve now. */
export interface Covered {
  readonly known: number
  readonly served: number
}

/** What is served of the cluster. Pods are those that run. */
export interface Coverage {
  readonly nodes: Covered
  readonly pods: Covered
}
