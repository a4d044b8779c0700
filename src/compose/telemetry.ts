import type { Clock } from '../model/clock.ts'
import type { Options } from '../options/options.ts'
import type { Store } from '../store/store.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import type { Coverage } from './coverage.ts'

export interface MeasuredParts {
  readonly options: Options
  readonly clock: Clock
  readonly version: string
  readonly store: Store
  readonly coverage: () => Coverage
}

/** This server's own metrics, with what they count taken from the rooms that know. */
export function createOwnMetrics({ options, clock, version, store, coverage }: MeasuredParts): Metrics {
  const storagePoints = () => store.points()
  return createMetrics({ clock, version, metricResolutionMs: options.metricResolutionMs, storagePoints, coverage })
}
