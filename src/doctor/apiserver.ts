import type { ApiserverState, Reading } from '../model/diagnosis.ts'
import { clockStep } from './clock-step.ts'
import { about, type Section, type Step, TROUBLE_REMEDIES, unread } from './step.ts'

const NO_VERSION = 'it has no /version'

/** Whether the apiserver answers, and what it is. */
export function apiserverSteps(server: string, reading: Reading<ApiserverState>): Section {
  const step = about('apiserver', server)
  if (!('found' in reading)) {
    const absent = [NO_VERSION, TROUBLE_REMEDIES.unusable] as const
    return { steps: [unread(step, reading, { right: 'get /version', absent })] }
  }
  const { version, clockAheadMs } = reading.found
  const clock = clockAheadMs === undefined ? [] : [clockStep(about('apiserver-clock', server), clockAheadMs)]
  return { steps: [step.ok(`answers, ${version}`), ...clock] }
}

/** Who the apiserver takes us for. */
export function identityStep(reading: Reading<string>): Step {
  const step = about('identity')
  if ('found' in reading) return step.ok(reading.found)
  if (reading.trouble === 'absent') return step.note('this apiserver is older than 1.28 and does not tell')
  return unread(step, reading, { right: 'create selfsubjectreviews.authentication.k8s.io', absent: ['', ''] })
}
