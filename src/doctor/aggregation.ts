import type { ApiServiceState, EndpointsState, Reading, ServiceReference, ServiceState } from '../model/diagnosis.ts'
import type { ClusterFacts } from './facts.ts'
import { about, type Section, type Step, unread } from './step.ts'

const NAME = 'v1beta1.metrics.k8s.io'
const USUAL: ServiceReference = { namespace: 'kube-system', name: 'metrics-server', port: 443 }

/** By the reasons of kube-aggregator (pkg/controllers/status/remote). */
const REMEDIES = new Map([
  ['ServiceNotFound', 'apply the manifests: its Service is missing'],
  ['ServicePortError', "the Service has not the port that the APIService's spec.service.port names"],
  ['EndpointsNotFound', 'the Service has no endpoints: does its selector match the labels of the pods?'],
  ['MissingEndpoints', 'no pod is ready: kubectl -n kube-system describe pod -l k8s-app=metrics-server, and its log'],
  [
    'FailedDiscoveryCheck',
    "the apiserver cannot talk to the pod: let the control plane reach the pod's --secure-port (or set hostNetwork: true); for an x509 error set caBundle to the CA of the serving certificate; for 401 or 403 see front-proxy below",
  ],
])
const SHOWN = 5
const OTHERWISE = `kubectl describe apiservice ${NAME} tells more`

/** Whether the aggregation layer knows the server and holds it for available. */
function apiServiceStep(reading: Reading<ApiServiceState>): Step {
  const step = about('apiservice', NAME)
  if (!('found' in reading)) {
    const absent = ['there is none', 'apply the manifests: nothing tells the apiserver who serves metrics'] as const
    return unread(step, reading, { right: 'get apiservices.apiregistration.k8s.io', absent })
  }
  const { service, available } = reading.found
  if (service === undefined) {
    return step.failed('it names no Service, so that nobody is asked', 'apply the manifests')
  }
  const by = `served by ${service.namespace}/${service.name}:${service.port}`
  if (available === undefined) return step.failed(`${by}; the aggregator has not judged it yet`, OTHERWISE)
  const { status, reason, message } = available
  if (status === 'True') return step.ok(`available, ${by}`)
  return step.failed(`${by}; Available is ${status}, ${reason}: ${message}`, REMEDIES.get(reason) ?? OTHERWISE)
}

/** Whether it answers through the apiserver. */
function metricsApiStep(reading: Reading<true>): Step {
  const step = about('metrics-api', '/apis/metrics.k8s.io/v1beta1')
  if ('found' in reading) return step.ok('answers through the apiserver')
  if (reading.trouble === 'absent')
    return step.failed('there is none', 'apply the manifests: the APIService is missing')
  // Everybody who is authenticated may ask for it: it is rather the server that takes the apiserver for nobody.
  if (reading.trouble === 'forbidden' || reading.trouble === 'unauthorized') {
    return step.failed(reading.message, 'the server does not believe the front proxy of the apiserver: see front-proxy')
  }
  return step.failed(reading.message, 'see apiservice, service and endpoints here; the log of the server tells more')
}

const serviceOf = (reading: Reading<ApiServiceState>): ServiceReference =>
  ('found' in reading ? reading.found.service : undefined) ?? USUAL

function serviceStep(reading: Reading<ServiceState>, { namespace, name, port }: ServiceReference): Step {
  const step = about('service', `${namespace}/${name}`)
  if (!('found' in reading)) {
    const absent = ['there is none', `apply the manifests, or name the right Service in APIService ${NAME}`] as const
    return unread(step, reading, { right: `get services in ${namespace}`, absent })
  }
  const { ports } = reading.found
  if (ports.includes(port)) return step.ok(`port ${port}`)
  const wrong = `APIService ${NAME} asks for port ${port}, the Service has ${ports.join(', ') || 'none'}`
  return step.failed(wrong, 'let spec.service.port of the APIService and a port of the Service agree')
}

function endpointsStep(
  reading: Reading<EndpointsState>,
  { namespace, name }: ServiceReference,
  selector: string,
): Step {
  const step = about('endpoints', `${namespace}/${name}`)
  if (!('found' in reading)) {
    const absent = ['there are no EndpointSlices here', 'Kubernetes before 1.21 has none'] as const
    return unread(step, reading, { right: `list endpointslices.discovery.k8s.io in ${namespace}`, absent })
  }
  const { ready, notReady } = reading.found
  if (ready.length > 0) return step.ok(`${ready.length} ready: ${ready.slice(0, SHOWN).join(', ')}`)
  const pods = `kubectl -n ${namespace} get pods${selector === '' ? '' : ` -l ${selector}`}`
  if (notReady.length === 0) {
    const cause = 'does the Deployment run a pod, and do its labels match the selector of the Service?'
    return step.failed('there are none: no pod stands behind the Service', `${cause} See ${pods}`)
  }
  const waiting = `none is ready, ${notReady.length} are not: ${notReady.slice(0, SHOWN).join(', ')}`
  return step.failed(waiting, `${pods}, then the log of the pod and its /readyz?verbose`)
}

/** From the APIService to the pods behind its Service (the usual one, where the APIService cannot be read). */
export async function aggregationSection(cluster: ClusterFacts): Promise<Section> {
  const apiService = await cluster.apiService()
  const reference = serviceOf(apiService)
  const { namespace, name } = reference
  const [metricsApi, service, endpoints] = await Promise.all([
    cluster.metricsApi(),
    cluster.service(namespace, name),
    cluster.endpoints(namespace, name),
  ])
  const selector = 'found' in service ? service.found.selector : ''
  const steps = [serviceStep(service, reference), endpointsStep(endpoints, reference, selector)]
  return { steps: [apiServiceStep(apiService), metricsApiStep(metricsApi), ...steps] }
}
