import type { Clock } from '../model/clock.ts'
import type { Options } from '../options/options.ts'
import type { Store } from '../store/store.ts'
import type { Accounts } from '../telemetry/accounts.ts'
import { createMetrics, type Metrics } from '../telemetry/metrics.ts'
import type { Coverage } from './coverage.ts'

export interface MeasuredParts {
  readonly options: Options
  readonly clock: Clock
  readonly version: string
  readonly store: Store
  readonly coverage: () => Coverage
  readonly accounts: Accounts
}

/** This server's own metrics, with what they count taken from the rooms that know. */
export function createOwnMetrics({ options, clock, version, store, coverage, accounts }: MeasuredParts): Metrics {
  const storagePoints = () => store.points()
  const { metricResolutionMs } = options
  return createMetrics({ clock, version, metricResolutionMs, storagePoints, coverage, families: accounts.families })
}
