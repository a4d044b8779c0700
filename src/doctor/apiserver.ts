import type { ApiserverState, Reading } from '../model/diagnosis.ts'
import { about, type CheckResult, clockCheck, type Section, TROUBLE_REMEDIES, unread } from './check.ts'

/** Whether the apiserver answers, its version and its clock. */
export function apiserverSection(server: string, reading: Reading<ApiserverState>): Section {
  const check = about('apiserver', server)
  if (!('found' in reading)) {
    const absent = ['/version does not exist there', TROUBLE_REMEDIES.unusable] as const
    return { checks: [unread(check, reading, { right: 'get /version', absent })] }
  }
  const { version, clockAheadMs } = reading.found
  const clock = clockAheadMs === undefined ? [] : [clockCheck(about('apiserver-clock', server), clockAheadMs)]
  return { checks: [check.ok(`answers, ${version}`), ...clock] }
}

/** The user that the apiserver takes us for. */
export function identityCheck(reading: Reading<string>): CheckResult {
  const check = about('identity')
  if ('found' in reading) return check.ok(reading.found)
  if (reading.trouble === 'absent') return check.note('this apiserver is older than 1.28 and does not say')
  return unread(check, reading, { right: 'create selfsubjectreviews.authentication.k8s.io', absent: ['', ''] })
}
