import type { Right } from '../model/diagnosis.ts'
import type { DoctorSettings, Examination, Role } from './facts.ts'
import { about, type CheckResult, type Section, TROUBLE_REMEDIES } from './check.ts'

interface Need {
  readonly right: Right
  readonly role: Role
  /** What goes wrong without it. */
  readonly without: string
  readonly remedy: string
  /** Another right does as well. */
  readonly optional?: boolean
  /** Without it no pod of the server gets ready. */
  readonly forReadiness?: boolean
}

const OWN_ROLE = 'apply the ClusterRole system:metrics-server of the manifests, and its binding'
const DELEGATOR = 'bind the ClusterRole system:auth-delegator (manifests: metrics-server:system:auth-delegator)'
const READER = 'bind the Role extension-apiserver-authentication-reader (manifests: metrics-server-auth-reader)'

function kubeletNeeds({ metricsSource, ownKubeletCredentials }: DoctorSettings): readonly Need[] {
  if (ownKubeletCredentials) return []
  const need = (subresource: string, without: string, optional: boolean): Need => {
    const right = { verb: 'get', group: '', resource: 'nodes', subresource }
    return { right, role: 'main', without, remedy: OWN_ROLE, optional }
  }
  const summary = need('stats', 'kubelets refuse /stats/summary', metricsSource === 'auto')
  const resource = need('metrics', 'kubelets refuse /metrics/resource', metricsSource === 'auto')
  if (metricsSource === 'auto') return [summary, resource]
  return metricsSource === 'summary' ? [summary] : [resource]
}

function followNeeds(resource: string): readonly Need[] {
  const without = `the server does not know the ${resource} and never gets ready`
  return ['list', 'watch'].map((verb) => {
    return { right: { verb, group: '', resource }, role: 'main', without, remedy: OWN_ROLE, forReadiness: true }
  })
}

function delegatedNeeds({ skipsFrontProxyLookup }: DoctorSettings): readonly Need[] {
  const review = (group: string, resource: string, role: Role, without: string): Need => {
    return { right: { verb: 'create', group, resource }, role, without, remedy: DELEGATOR }
  }
  const where = { group: '', resource: 'configmaps', namespace: 'kube-system' }
  const configmap = (verb: string): Need => ({
    right: { verb, ...where, name: 'extension-apiserver-authentication' },
    role: 'authentication',
    without: 'the server cannot distinguish the apiserver from other clients',
    remedy: READER,
    forReadiness: true,
  })
  return [
    review('authentication.k8s.io', 'tokenreviews', 'authentication', 'no client can authenticate with a token'),
    review('authorization.k8s.io', 'subjectaccessreviews', 'authorization', 'every request for metrics is refused'),
    ...(skipsFrontProxyLookup ? [] : ['list', 'watch'].map(configmap)),
  ]
}

/** "get nodes/stats", "create tokenreviews.authentication.k8s.io", "list configmaps/x in kube-system" */
function wordsOf({ verb, group, resource, subresource, namespace, name }: Right): string {
  const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`
  return `${verb} ${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`
}

async function rightCheck({ cluster }: Examination, need: Need): Promise<CheckResult> {
  const check = about('right', wordsOf(need.right))
  const reading = await cluster.may(need.right, need.role)
  if ('found' in reading) {
    if (reading.found) return check.ok('granted')
    return check.failed(`not granted: ${need.without}`, need.remedy, 'not-granted')
  }
  const { trouble, message } = reading
  if (trouble === 'forbidden' || trouble === 'absent') {
    return check.skipped('no right to ask what is allowed', 'grant create selfsubjectaccessreviews (system:basic-user)')
  }
  return check.failed(message, TROUBLE_REMEDIES[trouble])
}

/** With --kubelet-metrics-source=auto either of the two will do: one that is missing alone is no more than a note. */
function withAlternatives(needs: readonly Need[], checks: readonly CheckResult[]): readonly CheckResult[] {
  const optional = checks.filter((_, i) => needs[i]?.optional === true)
  if (!optional.some(({ status }) => status === 'ok')) return checks
  return checks.map((one) => (optional.includes(one) && one.status === 'failed' ? { ...one, status: 'note' } : one))
}

/** Every right that the server needs, by the credentials that it would use, and those without which it is never ready. */
export async function rightsSection(
  examination: Examination,
): Promise<{ readonly section: Section; readonly neverReady: readonly CheckResult[] }> {
  const { settings } = examination
  const needs = [
    ...kubeletNeeds(settings),
    ...followNeeds('nodes'),
    ...followNeeds('pods'),
    ...delegatedNeeds(settings),
  ]
  const checks = withAlternatives(needs, await Promise.all(needs.map((need) => rightCheck(examination, need))))
  const summary = about('right').ok(`all ${checks.length} that the server needs are granted`)
  const neverReady = checks.filter(({ status }, i) => status === 'failed' && needs[i]?.forReadiness === true)
  return { section: { checks, summary }, neverReady }
}
