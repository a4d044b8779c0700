/** What tasks of a cgroup can stall on. */
export type PressureResource = 'cpu' | 'memory' | 'io'
export const PRESSURE_RESOURCES: readonly PressureResource[] = ['cpu', 'memory', 'io']

/**
 * Pressure stall information (PSI) of a node, a pod or a container, as its kubelet reports it
 * (k8s.io/kubelet, pkg/apis/stats/v1alpha1/types.go, `PSIStats`).
 */
export interface PressureSample {
  /** Empty for the node. */
  readonly namespace: string
  readonly pod: string
  /** Empty for the node and for a pod. */
  readonly container: string
  /** When it started, by the node's clock, milliseconds since the epoch; NaN when that is not known. */
  readonly startTimeMs: number
  /**
   * For each of {@link PRESSURE_RESOURCES} three numbers, NaN for what is not reported: when it was sampled, by the node's
   * clock, milliseconds since the epoch, and the totals `some` and `full`, in a unit that the kubelet does not report
   * (store/pressure.ts).
   */
  readonly numbers: readonly number[]
}

/** Where a resource's numbers are, from its first one. */
export const SAMPLED_AT = 0
export const SOME = 1
export const FULL = 2
export const PRESSURE_STRIDE = 3
export const PRESSURE_WIDTH = PRESSURE_STRIDE * PRESSURE_RESOURCES.length
