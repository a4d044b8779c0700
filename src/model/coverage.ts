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
