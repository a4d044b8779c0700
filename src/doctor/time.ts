import type { about, CheckResult } from './check.ts'

/** A clock that is off by more is wrong: any time service holds milliseconds, and half a second is our own error. */
const MOST_SKEW_MS = 5000

/** A day in UTC, "2026-01-31". */
export const day = (ms: number): string =>
  Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'an unknown day'

/** "+0.2 s" */
export const signedSeconds = (ms: number): string => `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(1)} s`

/** Whether another machine's clock agrees with ours. */
export function clockCheck(check: ReturnType<typeof about>, aheadMs: number): CheckResult {
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return check.ok(`its clock agrees with ours (${signedSeconds(aheadMs)})`)
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  const direction = aheadMs > 0 ? 'ahead of' : 'behind'
  const remedy =
    'let a time service (chrony, systemd-timesyncd) set it; when every machine is off by the same, it is the clock here. Metrics are served with corrected times, but certificates and tokens are judged by these clocks'
  return check.failed(`its clock is ${seconds} s ${direction} ours`, remedy, direction)
}
