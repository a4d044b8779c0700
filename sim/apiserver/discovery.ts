import { METRICS_GROUP, METRICS_VERSION, RESOURCES, REVIEWS, type Resource } from './resources.ts'

const READ = ['get', 'list', 'watch']

interface Described extends Resource {
  readonly verbs: readonly string[]
}

const DESCRIBED: readonly Described[] = [
  ...RESOURCES.map((resource) => ({ ...resource, verbs: READ })),
  ...REVIEWS.map((review) => ({ ...review, version: 'v1', namespaced: false, shortNames: [], verbs: ['create'] })),
]

const OWN_GROUPS = [...new Set(DESCRIBED.map((d) => d.group))].filter((group) => group !== '')

/** The media type that asks for discovery in one document. */
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** Each group has one version here. */
const versionOf = (group: string): string => DESCRIBED.find((d) => d.group === group)?.version ?? 'v1'

const groupDocument = (name: string, version: string) => {
  const entry = { groupVersion: `${name}/${version}`, version }
  return { name, versions: [entry], preferredVersion: entry }
}

const discovered = (d: Described) => ({
  resource: d.name,
  responseKind: { group: d.group, version: d.version, kind: d.kind },
  scope: d.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: d.singular,
  verbs: d.verbs,
  ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
})

const discoveredGroup = (group: string) => ({
  metadata: { ...(group && { name: group }), creationTimestamp: null },
  versions: [
    {
      version: versionOf(group),
      resources: DESCRIBED.filter((d) => d.group === group).map(discovered),
      freshness: 'Current',
    },
  ],
})

const resourceList = (group: string) => ({
  kind: 'APIResourceList',
  ...(group && { apiVersion: 'v1' }),
  groupVersion: group ? `${group}/${versionOf(group)}` : 'v1',
  resources: DESCRIBED.filter((d) => d.group === group).map((d) => ({
    name: d.name,
    singularName: d.singular,
    namespaced: d.namespaced,
    kind: d.kind,
    verbs: d.verbs,
    ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
  })),
})

/** What the aggregated server says of its own group, in the aggregated form; `undefined` until it has been asked. */
export type MetricsDiscovery = Readonly<Record<string, unknown>> | undefined

/** The answer to a discovery path, `undefined` when it is none. `metrics` comes from the aggregated server. */
export function discover(
  path: string,
  accept: string,
  registered: boolean,
  metrics: MetricsDiscovery,
): { contentType: string; body: unknown } | undefined {
  const aggregated = accept.split(',').some((type) => type.replaceAll(' ', '').split(';').sort().join() === WANTED)
  const body = aggregated ? aggregatedDocument(path, registered, metrics) : undefined
  if (body !== undefined) return { contentType: AGGREGATED, body }
  const legacy = legacyDocument(path, registered)
  return legacy === undefined ? undefined : { contentType: 'application/json', body: legacy }
}

const WANTED = AGGREGATED.split(';').sort().join()

function aggregatedDocument(path: string, registered: boolean, metrics: MetricsDiscovery): unknown {
  const head = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {} }
  if (path === '/api') return { ...head, items: [discoveredGroup('')] }
  if (path !== '/apis') return undefined
  const stale = {
    metadata: { name: METRICS_GROUP, creationTimestamp: null },
    versions: [{ version: METRICS_VERSION, freshness: 'Stale' }],
  }
  return { ...head, items: [...OWN_GROUPS.map(discoveredGroup), ...(registered ? [metrics ?? stale] : [])] }
}

function legacyDocument(path: string, registered: boolean): unknown {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (path === '/api/v1') return resourceList('')
  const metrics = groupDocument(METRICS_GROUP, METRICS_VERSION)
  if (path === '/apis') {
    const groups = [
      ...OWN_GROUPS.map((group) => groupDocument(group, versionOf(group))),
      ...(registered ? [metrics] : []),
    ]
    return { kind: 'APIGroupList', apiVersion: 'v1', groups }
  }
  if (registered && path === `/apis/${METRICS_GROUP}`) return { kind: 'APIGroup', apiVersion: 'v1', ...metrics }
  const own = OWN_GROUPS.find((group) => [`/apis/${group}`, `/apis/${group}/${versionOf(group)}`].includes(path))
  if (own === undefined) return undefined
  if (path !== `/apis/${own}`) return resourceList(own)
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(own, versionOf(own)) }
}
