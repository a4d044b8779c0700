import type { FrontProxyState, Reading } from '../model/diagnosis.ts'
import { day } from './day.ts'
import type { DoctorSettings } from './facts.ts'
import { about, type Step, unread } from './step.ts'

const SUBJECT = 'kube-system/extension-apiserver-authentication'
const BY_HAND = 'configure the aggregation layer of the apiserver, or give the CA in --requestheader-client-ca-file'

/** Whether the server can learn whom to take for the apiserver's front proxy. */
export function frontProxyStep(
  reading: Reading<FrontProxyState>,
  { skipsFrontProxyLookup, givesFrontProxyAuthority }: DoctorSettings,
  nowMs: number,
): Step {
  const step = about('front-proxy', SUBJECT)
  if (skipsFrontProxyLookup) return step.ok('is not looked at, as --authentication-skip-lookup asks')
  const found = judge(step, reading, nowMs)
  // The flags' own authority holds, whatever the configmap says.
  return givesFrontProxyAuthority && found.status === 'failed' ? { ...found, status: 'note' } : found
}

function judge(step: ReturnType<typeof about>, reading: Reading<FrontProxyState>, nowMs: number): Step {
  if (!('found' in reading)) {
    const { trouble, message } = reading
    if (trouble === 'unusable') return step.failed(message, `mend the configmap (the apiserver writes it): ${BY_HAND}`)
    if (trouble === 'forbidden') {
      const remedy = 'apply the RoleBinding metrics-server-auth-reader of the manifests'
      return step.skipped('may not get this configmap, which the server reads too', remedy)
    }
    const absent = ['it does not exist, so that no request through the apiserver is believed', BY_HAND] as const
    return unread(step, reading, { right: 'get configmaps in kube-system', absent })
  }
  const { authority, allowedNames } = reading.found
  if (authority === undefined) return step.failed('it has no requestheader-client-ca-file', BY_HAND)
  const { subject, validToMs } = authority
  if (validToMs <= nowMs) {
    return step.failed(
      `the CA ${subject} expired on ${day(validToMs)}`,
      "renew the apiserver's front-proxy certificates",
    )
  }
  const names = allowedNames.length === 0 ? 'any name' : allowedNames.join(', ')
  return step.ok(`CA ${subject} until ${day(validToMs)}, for ${names}`)
}
