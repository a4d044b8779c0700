import type { Availability } from '../objects.ts'
import type { Registry } from '../registry.ts'

const SERVICE = 'kube-system/metrics-server'

interface Endpoint {
  readonly conditions: { readonly ready: boolean }
}

/**
 * What keeps the aggregator from asking anybody: no Service, or no ready pod behind it (kube-aggregator,
 * pkg/controllers/status/remote).
 */
export function serviceFault(registry: Registry): Availability | undefined {
  if (registry.get('services', SERVICE) === undefined) {
    const message = 'service/metrics-server in "kube-system" is not present'
    return { available: false, reason: 'ServiceNotFound', message }
  }
  const endpoints = registry.list('endpointslices').flatMap((slice) => slice.endpoints as Endpoint[])
  if (endpoints.some(({ conditions }) => conditions.ready)) return undefined
  const message = 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"'
  return { available: false, reason: 'MissingEndpoints', message }
}
