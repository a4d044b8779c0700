import { rfc3339 } from './objects.ts'
import type { StoredObject } from './registry.ts'

const NAME = 'metrics-server'
const NAMESPACE = 'kube-system'

/** The Service of the metrics server's manifests. */
export function serviceObject(createdMs: number): StoredObject {
  const labels = { 'k8s-app': NAME }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      uid: `service-${NAME}`,
      creationTimestamp: rfc3339(createdMs),
      labels,
    },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.99',
      selector: labels,
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }],
    },
    status: {},
  }
}

/** What the endpoint slice controller makes of the pods behind the Service. */
export function endpointSliceObject(
  endpoints: readonly { readonly address: string; readonly ready: boolean }[],
  port: number,
  createdMs: number,
): StoredObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${NAME}-1`,
      namespace: NAMESPACE,
      uid: `endpointslice-${NAME}`,
      creationTimestamp: rfc3339(createdMs),
      labels: { 'kubernetes.io/service-name': NAME },
    },
    addressType: 'IPv4',
    endpoints: endpoints.map(({ address, ready }) => ({
      addresses: [address],
      conditions: { ready, serving: ready, terminating: false },
    })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  }
}
