import type { CertificateInUse } from '../model/certificate-end.ts'
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
  readonly certificates: () => readonly CertificateInUse[]
}

/** This server's own metrics, with what they count taken from the rooms that know. */
export function createOwnMetrics({ options, store, accounts, ...measured }: MeasuredParts): Metrics {
  const storagePoints = () => store.points()
  const { metricResolutionMs } = options
  return createMetrics({ ...measured, metricResolutionMs, storagePoints, families: accounts.families })
}
