import type { RequestTarget } from '../request/request-target.ts'
import { firstValue, type Query } from '../request/query.ts'
import { type Route, routeOf } from '../routing/route.ts'

/**
 * What is counted apart from what else: the labels of a request in kubernetes/apiserver, pkg/endpoints/metrics. Nothing
 * in it is the client's word, so there are only so many.
 */
export interface RequestKind {
  /** In capitals, LIST and WATCH told from GET; `other` for what no Kubernetes client sends. */
  readonly verb: string
  /** `All`, `invalid`, or empty. */
  readonly dryRun: string
  readonly group: string
  readonly version: string
  readonly resource: string
  /** Of what is no resource, the path; empty for a path that is not served. */
  readonly subresource: string
  readonly scope: '' | 'cluster' | 'namespace' | 'resource'
  readonly component: '' | 'apiserver'
}

type Place = Omit<RequestKind, 'verb' | 'dryRun'>

const API = { group: 'metrics.k8s.io', version: 'v1beta1', subresource: '', component: 'apiserver' } as const
const NODES: Place = { ...API, resource: 'nodes', scope: 'cluster' }
const NODE: Place = { ...API, resource: 'nodes', scope: 'resource' }
const ALL_PODS: Place = { ...API, resource: 'pods', scope: 'cluster' }
const PODS: Place = { ...API, resource: 'pods', scope: 'namespace' }
const POD: Place = { ...API, resource: 'pods', scope: 'resource' }

const path = (subresource: string): Place => ({
  ...{ group: '', version: '', resource: '', subresource, scope: '', component: '' },
})
const ELSEWHERE = path('')
const PATHS = new Map<string, Place>(
  [
    ...['/apis', '/apis/metrics.k8s.io', '/apis/metrics.k8s.io/v1beta1', '/version', '/', '/metrics'],
    ...['/metrics/resource', '/openapi/v2', '/openapi/v3', '/healthz', '/livez', '/readyz', '/statusz', '/flagz'],
  ].map((each) => [each, path(each)]),
)
const placeAt = (each: string): Place => PATHS.get(each) ?? ELSEWHERE

const ALL_PODS_PATH = '/apis/metrics.k8s.io/v1beta1/pods'
const DOCUMENTS = new Map<string, Place>([
  ['groups', placeAt('/apis')],
  ['group', placeAt('/apis/metrics.k8s.io')],
  ['resources', placeAt('/apis/metrics.k8s.io/v1beta1')],
  ['version', placeAt('/version')],
])
const KINDS = new Map<Route['kind'], Place>([
  ['index', placeAt('/')],
  ['metrics', placeAt('/metrics')],
  ['resource-metrics', placeAt('/metrics/resource')],
  ['openapi-v2', placeAt('/openapi/v2')],
  ['openapi-v3', placeAt('/openapi/v3')],
  ['openapi-v3-group', placeAt('/openapi/v3')],
])

function placeOf(target: string): Place {
  const route = routeOf(target)
  if (route.kind === 'probe') return placeAt(`/${route.endpoint}`)
  if (route.kind === 'page') return placeAt(`/${route.page}`)
  if (route.kind !== 'api') return KINDS.get(route.kind) ?? ELSEWHERE
  if (route.serves === 'pod-list') return target.startsWith(ALL_PODS_PATH) ? ALL_PODS : PODS
  if (route.serves === 'pod') return POD
  if (route.serves === 'node-list') return NODES
  return route.serves === 'node' ? NODE : (DOCUMENTS.get(route.serves) ?? ELSEWHERE)
}

const VERBS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

function verbOf(method: string, query: Query, { scope }: Place): string {
  if (method !== 'GET' && method !== 'HEAD') return VERBS.has(method) ? method : 'other'
  const watch = query.size === 0 || method === 'HEAD' ? undefined : firstValue(query, 'watch')?.toLowerCase()
  if (watch !== undefined && watch !== '0' && watch !== 'false') return 'WATCH'
  return scope === '' || scope === 'resource' ? 'GET' : 'LIST'
}

function dryRunOf(query: Query, { component }: Place): string {
  if (query.size === 0 || component === '') return ''
  const dryRun = firstValue(query, 'dryRun')
  return dryRun === undefined ? '' : dryRun === 'All' ? 'All' : 'invalid'
}

function kept<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Gives a request's kind: for each kind the same object each time, so that it can be counted by. */
export function createRequestKinds(): (method: string, target: RequestTarget) => RequestKind {
  const kinds = new Map<Place, Map<string, Map<string, RequestKind>>>()
  const kindOf = (place: Place, verb: string, dryRun: string): RequestKind => {
    const ofPlace = kept(kinds, place, () => new Map<string, Map<string, RequestKind>>())
    const ofVerb = kept(ofPlace, verb, () => new Map<string, RequestKind>())
    return kept(ofVerb, dryRun, () => Object.freeze({ ...place, verb, dryRun }))
  }

  return (method, { path: target, query }) => {
    const place = placeOf(target)
    return kindOf(place, verbOf(method, query, place), dryRunOf(query, place))
  }
}
