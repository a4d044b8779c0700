import type { ApiServiceState, EndpointsState, Reading, ServiceReference, ServiceState } from '../model/diagnosis.ts'
import { about, causedBy, type CheckResult, type Section, unread } from './check.ts'
import type { ClusterFacts } from './facts.ts'

const NAME = 'v1beta1.metrics.k8s.io'
const USUAL: ServiceReference = { namespace: 'kube-system', name: 'metrics-server', port: 443 }

/** By the reasons of kube-aggregator (pkg/controllers/status/remote). */
const REMEDIES = new Map([
  ['ServiceNotFound', 'apply the manifests: its Service is missing'],
  ['ServicePortError', "the Service has not the port that the APIService's spec.service.port names"],
  ['EndpointsNotFound', 'the Service has no endpoints: does its selector match the labels of the pods?'],
  ['MissingEndpoints', 'no pod is ready: see kubectl describe pod of the pods behind the Service, and their log'],
  [
    'FailedDiscoveryCheck',
    "the apiserver cannot talk to the pod: let the control plane reach the pod's --secure-port (or set hostNetwork: true); for an x509 error set caBundle to the CA of the serving certificate; for 401 or 403 see front-proxy below",
  ],
])
const SHOWN = 5
const OTHERWISE = `kubectl describe apiservice ${NAME} says more`
const INSTALL = 'apply the manifests: the apiserver does not know which server has metrics'

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/

/**
 * Who else has the API: `certain` where we run as a service account, since the server's Service is in the namespace of its account;
 * elsewhere a Service that is not named after a metrics server is a guess.
 */
function otherOwner(service: ServiceReference, user: Reading<string>): { readonly certain: boolean } | undefined {
  const [, ownNamespace] = SERVICE_ACCOUNT.exec('found' in user ? user.found : '') ?? []
  if (ownNamespace !== undefined && ownNamespace !== service.namespace) return { certain: true }
  return service.name.includes('metrics-server') ? undefined : { certain: false }
}

/** Whether the aggregation layer knows the server and holds it for available. */
function apiServiceCheck(reading: Reading<ApiServiceState>, user: Reading<string>): CheckResult {
  const check = about('apiservice', NAME)
  if (!('found' in reading)) {
    const absent = [`APIService ${NAME} does not exist`, INSTALL] as const
    return unread(check, reading, { right: 'get apiservices.apiregistration.k8s.io', absent })
  }
  const { service, available } = reading.found
  if (service === undefined) {
    return check.failed('it names no Service, so that no metrics server is queried', 'apply the manifests')
  }
  const by = `served by ${service.namespace}/${service.name}:${service.port}`
  const state =
    available === undefined
      ? 'the aggregator has not judged it yet'
      : `Available is ${available.status}, ${available.reason}: ${available.message}`
  const owner = otherOwner(service, user)
  if (owner !== undefined) {
    const whose = `another server has this API, Service ${service.name} in namespace ${service.namespace}, and is queried in place of this one`
    const remedy = `remove that server's APIService (or what installs it in namespace ${service.namespace}, such as prometheus-adapter) and apply the manifests of this one; or keep that one and remove this one`
    if (owner.certain || available?.status !== 'True') return check.failed(`${whose}; ${state}`, remedy, 'other-owner')
    return check.note(`${whose}, if it is no metrics server by another name`, remedy, 'other-owner')
  }
  if (available === undefined) return check.failed(`${by}; ${state}`, OTHERWISE)
  if (available.status === 'True') return check.ok(`available, ${by}`)
  return check.failed(`${by}; ${state}`, REMEDIES.get(available.reason) ?? OTHERWISE, available.reason)
}

/** Whether it answers through the apiserver. */
function metricsApiCheck(reading: Reading<true>): CheckResult {
  const check = about('metrics-api', '/apis/metrics.k8s.io/v1beta1')
  if ('found' in reading) return check.ok('answers through the apiserver')
  if (reading.trouble === 'absent') {
    return check.failed('the apiserver has no such API', 'apply the manifests: the APIService is missing')
  }
  // Everybody who is authenticated may query it: it is rather the server that does not believe the apiserver.
  if (reading.trouble === 'forbidden' || reading.trouble === 'unauthorized') {
    return check.failed(
      reading.message,
      'the server does not believe the front proxy of the apiserver: see front-proxy',
    )
  }
  return check.failed(reading.message, "see apiservice, service and endpoints here; the server's log says more")
}

const serviceOf = (reading: Reading<ApiServiceState>): ServiceReference =>
  ('found' in reading ? reading.found.service : undefined) ?? USUAL

function serviceCheck(reading: Reading<ServiceState>, { namespace, name, port }: ServiceReference): CheckResult {
  const check = about('service', `${namespace}/${name}`)
  if (!('found' in reading)) {
    const remedy = `apply the manifests, or name the right Service in APIService ${NAME}`
    const absent = [`Service ${namespace}/${name} does not exist`, remedy] as const
    return unread(check, reading, { right: `get services in ${namespace}`, absent })
  }
  const { ports, externalName } = reading.found
  // The aggregator connects to that host and the APIService's port, whatever ports the Service lists.
  if (externalName !== undefined) return check.ok(`ExternalName, ${externalName}:${port}`)
  if (ports.includes(port)) return check.ok(`port ${port}`)
  const wrong = `APIService ${NAME} names port ${port}, the Service has ${ports.join(', ') || 'none'}`
  return check.failed(wrong, 'let spec.service.port of the APIService and a port of the Service agree')
}

function endpointsCheck(
  reading: Reading<EndpointsState>,
  { namespace, name }: ServiceReference,
  service: ServiceState | undefined,
): CheckResult {
  const check = about('endpoints', `${namespace}/${name}`)
  if (service?.externalName !== undefined) {
    return check.ok('a Service of type ExternalName has none: its pods are not of this cluster')
  }
  if (!('found' in reading)) {
    const absent = ['this apiserver has no EndpointSlices', 'Kubernetes before 1.21 has none'] as const
    return unread(check, reading, { right: `list endpointslices.discovery.k8s.io in ${namespace}`, absent })
  }
  const { ready, notReady } = reading.found
  if (ready.length > 0) return check.ok(`${ready.length} ready: ${ready.slice(0, SHOWN).join(', ')}`)
  const selector = service === undefined || service.selector === '' ? '' : ` -l ${service.selector}`
  const pods = `kubectl -n ${namespace} get pods${selector}`
  if (notReady.length === 0) {
    const question = 'does the Deployment run a pod, and do its labels match the selector of the Service?'
    return check.failed('no pod stands behind the Service', `${question} See ${pods}`)
  }
  const waiting = `none is ready, ${notReady.length} are not: ${notReady.slice(0, SHOWN).join(', ')}`
  return check.failed(waiting, `${pods}, then the log of the pod and its /readyz?verbose`, 'not-ready')
}

/** What a failed check follows from, or the check itself. */
function causesOf(first: CheckResult, { neverReady, frontProxy }: Before): readonly CheckResult[] {
  const disbelief = frontProxy.status === 'failed' ? [frontProxy] : []
  const known =
    first.reason === 'not-ready'
      ? [...neverReady, ...disbelief]
      : first.check === 'metrics-api' || first.reason === 'FailedDiscoveryCheck'
        ? disbelief
        : []
  return known.length > 0 ? known : [first]
}

/** Faults that show as faults of the aggregation. */
export interface Before {
  /** Failed checks of what no pod of the server gets ready without. */
  readonly neverReady: readonly CheckResult[]
  /** Where it failed, the server believes no request that comes through the apiserver. */
  readonly frontProxy: CheckResult
}

export interface Aggregation {
  readonly section: Section
  /** The failed check that keeps the metrics API from answering; `undefined` when it answers. */
  readonly noMetrics: CheckResult | undefined
}

/**
 * From the APIService to the pods behind its Service (the usual one, where the APIService cannot be read).
 * @param user who the apiserver takes us for.
 * @param before what was checked of the server's own way to the apiserver.
 */
export async function aggregationSection(
  cluster: ClusterFacts,
  user: Reading<string>,
  before: Before,
): Promise<Aggregation> {
  const apiServiceReading = await cluster.apiService()
  const reference = serviceOf(apiServiceReading)
  const { namespace, name } = reference
  const [metricsApiReading, serviceReading, endpointsReading] = await Promise.all([
    cluster.metricsApi(),
    cluster.service(namespace, name),
    cluster.endpoints(namespace, name),
  ])
  const found = 'found' in serviceReading ? serviceReading.found : undefined
  const apiService = apiServiceCheck(apiServiceReading, user)
  const metricsApi = metricsApiCheck(metricsApiReading)
  const service = serviceCheck(serviceReading, reference)
  const endpoints = endpointsCheck(endpointsReading, reference, found)

  const isFailed = ({ status }: CheckResult): boolean => status === 'failed'
  const namesNone = isFailed(apiService) && (!('found' in apiServiceReading) || apiService.reason === 'other-owner')
  const order = namesNone ? [apiService] : [service, endpoints, apiService, metricsApi]
  const first = order.find(isFailed)
  const causes = first === undefined ? [] : causesOf(first, before)
  const checks = [apiService, metricsApi, service, endpoints].map((one) =>
    isFailed(one) && !causes.includes(one) ? causedBy(one, causes) : one,
  )
  return { section: { checks }, noMetrics: metricsApi.status === 'ok' ? undefined : (causes[0] ?? metricsApi) }
}
