import type { DiscoveryVersion } from '../negotiation/media-type.ts'

const GROUP = 'metrics.k8s.io'
const VERSION = Object.freeze({ groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' })
const VERBS = Object.freeze(['get', 'list'])

const RESOURCES = [
  { name: 'nodes', kind: 'NodeMetrics', namespaced: false },
  { name: 'pods', kind: 'PodMetrics', namespaced: true },
] as const

const group = { name: GROUP, versions: [VERSION], preferredVersion: VERSION }

/** `/apis/metrics.k8s.io` */
export const apiGroup = () => ({ kind: 'APIGroup', apiVersion: 'v1', ...group })

/** `/apis`. @param port that this server listens on, its own address being unknown to it. */
export const apiGroupList = (port: number) => ({
  kind: 'APIGroupList',
  groups: [{ ...group, serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: `:${port}` }] }],
})

/** `/apis/metrics.k8s.io/v1beta1` */
export const apiResourceList = () => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: VERSION.groupVersion,
  resources: RESOURCES.map(({ name, kind, namespaced }) => ({
    name,
    singularName: '',
    namespaced,
    kind,
    verbs: VERBS,
  })),
})

/** `/apis`, asked for aggregated discovery (k8s.io/api/apidiscovery): v2 and v2beta1 differ in their names only. */
export const apiGroupDiscoveryList = (version: DiscoveryVersion) => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: `apidiscovery.k8s.io/${version}`,
  metadata: {},
  items: [
    {
      metadata: { name: GROUP, creationTimestamp: null },
      versions: [
        {
          version: VERSION.version,
          resources: RESOURCES.map(({ name, kind, namespaced }) => ({
            resource: name,
            responseKind: { group: '', version: '', kind },
            scope: namespaced ? 'Namespaced' : 'Cluster',
            singularResource: '',
            verbs: VERBS,
          })),
          freshness: 'Current',
        },
      ],
    },
  ],
})
