import { X509Certificate } from 'node:crypto'
import type { ApiServiceState, EndpointsState, FrontProxyState, Reading, ServiceState } from '../../model/diagnosis.ts'
import { oneLine } from '../../model/log.ts'
import { certificateBlocks } from '../../tls/pem.ts'
import { AuthenticationConfigInvalid, decodeClientCa, decodeRequestHeader } from '../authentication-config.ts'
import { ApiAnswerInvalid } from '../client/api-error.ts'
import { conditionsOf, type KubernetesApi, readingOf } from './kubernetes-api.ts'

const API_SERVICE = 'v1beta1.metrics.k8s.io'
const FRONT_PROXY = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
const HTTPS = 443
/** Slices read; each has up to a hundred endpoints by default. */
const MOST_SLICES = 100

export function readApiService({ registration }: KubernetesApi): Promise<Reading<ApiServiceState>> {
  return readingOf(async () => {
    const { spec, status } = await registration.readAPIService({ name: API_SERVICE })
    const { namespace, name, port = HTTPS } = spec?.service ?? {}
    return {
      service: namespace && name ? { namespace: oneLine(namespace, 80), name: oneLine(name, 80), port } : undefined,
      available: conditionsOf(status?.conditions).find(({ type }) => type === 'Available'),
    }
  })
}

/** Whether the aggregated API answers at all; everybody who is authenticated may query it. */
export function readMetricsApi({ custom }: KubernetesApi): Promise<Reading<true>> {
  return readingOf(async () => {
    const { resources } = await custom.getAPIResources({ group: 'metrics.k8s.io', version: 'v1beta1' })
    if (!Array.isArray(resources)) throw new ApiAnswerInvalid('the answer is no APIResourceList')
    return true as const
  })
}

export function readService({ core }: KubernetesApi, namespace: string, name: string): Promise<Reading<ServiceState>> {
  return readingOf(async () => {
    const { spec } = await core.readNamespacedService({ namespace, name })
    return {
      ports: (spec?.ports ?? []).map(({ port }) => port),
      selector: Object.entries(spec?.selector ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
      externalName: spec?.type === 'ExternalName' ? oneLine(spec.externalName ?? 'no name', 260) : undefined,
    }
  })
}

/** The endpoints of a Service over all its slices. One that does not say whether it is ready is. */
export function readEndpoints(
  { discovery }: KubernetesApi,
  namespace: string,
  name: string,
): Promise<Reading<EndpointsState>> {
  return readingOf(async () => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    const { items } = await discovery.listNamespacedEndpointSlice({ namespace, labelSelector, limit: MOST_SLICES })
    const ready = new Set<string>()
    const notReady = new Set<string>()
    for (const { conditions, addresses } of (items ?? []).flatMap(({ endpoints }) => endpoints ?? [])) {
      const into = conditions?.ready === false ? notReady : ready
      for (const address of addresses ?? []) into.add(oneLine(address, 80))
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
export function readFrontProxy({ core }: KubernetesApi): Promise<Reading<FrontProxyState>> {
  return readingOf(async () => {
    const { data } = await core.readNamespacedConfigMap(FRONT_PROXY)
    try {
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
