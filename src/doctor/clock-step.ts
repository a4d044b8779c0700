import type { about, Step } from './step.ts'

/** A clock that is off by more is wrong: any time service holds milliseconds, and half a second is our own error. */
const MOST_SKEW_MS = 5000

/** "+0.2 s" */
export const signedSeconds = (ms: number): string => `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(1)} s`

/** Whether another machine's clock agrees with ours. */
export function clockStep(step: ReturnType<typeof about>, aheadMs: number): Step {
  if (Math.abs(aheadMs) <= MOST_SKEW_MS) return step.ok(`its clock agrees with ours (${signedSeconds(aheadMs)})`)
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  return step.failed(
    `its clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`,
    'let a time service (chrony, systemd-timesyncd) set it; when every machine is off by the same, it is the clock here. Metrics are served with corrected times, but certificates and tokens are judged by these clocks',
  )
}
