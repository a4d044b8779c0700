import { X509Certificate } from 'node:crypto'
import { certificateBlocks } from '../../tls/pem.ts'
import type { ApiServiceState, EndpointsState, FrontProxyState, Reading, ServiceState } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/one-line.ts'
import type { ApiClient } from '../client/api-client.ts'
import { ApiAnswerInvalid } from '../client/api-error.ts'
import { AuthenticationConfigInvalid, decodeClientCa, decodeRequestHeader } from '../authentication-config.ts'
import { at, list, member, text, textEntries, texts } from '../json-value.ts'
import { conditionsOf } from './condition.ts'
import { readJson } from './reading.ts'

const API_SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io'
const FRONT_PROXY = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication'
const HTTPS = 443
const SHOWN_ENDPOINTS = 1000

const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise)

export function readApiService(client: ApiClient): Promise<Reading<ApiServiceState>> {
  return readJson(client, { path: API_SERVICE }, (object) => {
    const service = at(object, 'spec', 'service')
    const namespace = text(member(service, 'namespace'))
    const name = text(member(service, 'name'))
    const port = numberOr(member(service, 'port'), HTTPS)
    return {
      service: namespace === undefined || name === undefined ? undefined : { namespace, name, port },
      available: conditionsOf(object).find(({ type }) => type === 'Available'),
    }
  })
}

/** Whether the aggregated API answers at all; everybody who is authenticated may ask for it. */
export function readMetricsApi(client: ApiClient): Promise<Reading<true>> {
  return readJson(client, { path: '/apis/metrics.k8s.io/v1beta1' }, (answer) => {
    if (!Array.isArray(member(answer, 'resources'))) throw new ApiAnswerInvalid('the answer is no APIResourceList')
    return true as const
  })
}

export function readService(client: ApiClient, namespace: string, name: string): Promise<Reading<ServiceState>> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`
  return readJson(client, { path }, (object) => ({
    ports: list(at(object, 'spec', 'ports')).map((port) => numberOr(member(port, 'port'), 0)),
    selector: textEntries(at(object, 'spec', 'selector'))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  }))
}

/** The endpoints of a Service over all its slices. One that does not say whether it is ready is. */
export function readEndpoints(client: ApiClient, namespace: string, name: string): Promise<Reading<EndpointsState>> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`
  const query = { labelSelector: `kubernetes.io/service-name=${name}`, limit: SHOWN_ENDPOINTS }
  return readJson(client, { path, query }, (answer) => {
    const ready = new Set<string>()
    const notReady = new Set<string>()
    for (const endpoint of list(member(answer, 'items')).flatMap((slice) => list(member(slice, 'endpoints')))) {
      const into = at(endpoint, 'conditions', 'ready') === false ? notReady : ready
      for (const address of texts(member(endpoint, 'addresses'))) into.add(address)
    }
    return { ready: [...ready].sort(), notReady: [...notReady].sort() }
  })
}

function authorityOf(pem: string): FrontProxyState['authority'] {
  const [first = ''] = certificateBlocks(pem)
  const certificate = new X509Certificate(first)
  return { subject: oneLine(certificate.subject, 120), validToMs: Date.parse(certificate.validTo) }
}

/** The configmap by which extension apiservers learn whom to take for the front proxy. */
export function readFrontProxy(client: ApiClient): Promise<Reading<FrontProxyState>> {
  return readJson(client, { path: FRONT_PROXY }, (object) => {
    try {
      const data = member(object, 'data')
      const requestHeader = decodeRequestHeader(data)
      const clientCaPem = decodeClientCa(data)
      return {
        authority: requestHeader && authorityOf(requestHeader.caPem),
        frontProxyCaPem: requestHeader?.caPem,
        clientCaPem,
        allowedNames: requestHeader?.allowedNames ?? [],
      }
    } catch (error) {
      if (error instanceof AuthenticationConfigInvalid) throw new ApiAnswerInvalid(error.message, { cause: error })
      throw error
    }
  })
}
