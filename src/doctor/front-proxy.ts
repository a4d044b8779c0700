import type { FrontProxyState, Reading } from '../model/diagnosis.ts'
import { leadsTo } from '../tls/ca-bundle.ts'
import { about, type CheckResult, day, unread } from './check.ts'
import type { DoctorSettings } from './facts.ts'

const SUBJECT = 'kube-system/extension-apiserver-authentication'
const BY_HAND = 'configure the aggregation layer of the apiserver, or give the CA in --requestheader-client-ca-file'

const NAMES = 'set --requestheader-allowed-names of the kube-apiserver, or give its front proxy a CA of its own'

/** Whether the server can learn whom to take for the apiserver's front proxy, and takes nobody else for it. */
export function frontProxyCheck(
  reading: Reading<FrontProxyState>,
  settings: DoctorSettings,
  nowMs: number,
): CheckResult {
  const check = about('front-proxy', SUBJECT)
  const { skipsFrontProxyLookup, givesFrontProxyAuthority } = settings
  const configMap = 'found' in reading && !skipsFrontProxyLookup ? reading.found : undefined
  const found = skipsFrontProxyLookup
    ? check.ok('is not checked, as --authentication-skip-lookup asks')
    : judge(check, reading, nowMs)
  if (!isAnybodysProxy(configMap, settings)) {
    // The flags' own authority holds, whatever the configmap says.
    return givesFrontProxyAuthority && found.status === 'failed' ? { ...found, status: 'note' } : found
  }
  if (found.status === 'failed' && !givesFrontProxyAuthority) return found
  const meaning =
    'any name may be that of the front proxy, and its CA is that of the clients too: whoever has a client certificate of the cluster may claim to be anybody here'
  return check.note(`${found.message}; ${meaning}`, NAMES)
}

/**
 * Whether every client certificate of the cluster passes for the front proxy's: any name will do, and the CAs are the same, or
 * the front proxy's has signed the other. The flags go before the configmap, as for the server.
 */
function isAnybodysProxy(configMap: FrontProxyState | undefined, { ownTrust }: DoctorSettings): boolean {
  const { allowedNames = [] } = ownTrust.frontProxy ?? configMap ?? {}
  const frontProxyCa = ownTrust.frontProxy?.caPem ?? configMap?.frontProxyCaPem
  const clientCa = ownTrust.clientCaPem ?? configMap?.clientCaPem
  return (
    allowedNames.length === 0 && frontProxyCa !== undefined && clientCa !== undefined && leadsTo(clientCa, frontProxyCa)
  )
}

function judge(check: ReturnType<typeof about>, reading: Reading<FrontProxyState>, nowMs: number): CheckResult {
  if (!('found' in reading)) {
    const { trouble, message } = reading
    if (trouble === 'unusable') return check.failed(message, `fix the configmap (the apiserver writes it): ${BY_HAND}`)
    if (trouble === 'forbidden') {
      const remedy = 'apply the RoleBinding metrics-server-auth-reader of the manifests'
      return check.skipped('no right to get this configmap, which the server reads too', remedy)
    }
    const absent = [
      'the configmap does not exist, so that no request through the apiserver is believed',
      BY_HAND,
    ] as const
    return unread(check, reading, { right: 'get configmaps in kube-system', absent })
  }
  const { authority, allowedNames } = reading.found
  if (authority === undefined) return check.failed('the configmap has no requestheader-client-ca-file', BY_HAND)
  const { subject, validToMs } = authority
  if (validToMs <= nowMs) {
    return check.failed(
      `the CA ${subject} expired on ${day(validToMs)}`,
      "renew the apiserver's front-proxy certificates",
    )
  }
  const names = allowedNames.length === 0 ? 'any name' : allowedNames.join(', ')
  return check.ok(`CA ${subject} until ${day(validToMs)}, for ${names}`)
}
