import { MEDIA_TYPES } from '../negotiation/media-type.ts'
import type { Endpoint } from '../negotiation/negotiate.ts'
import { splitPath } from '../request/request-info.ts'

/** What an API path serves, to GET alone. */
export interface ApiRoute {
  readonly kind: 'api'
  readonly serves: 'groups' | 'group' | 'resources' | 'version' | 'node-list' | 'node' | 'pod-list' | 'pod'
  /** What kind of answer that is, for content negotiation. */
  readonly endpoint: Endpoint
  /** Content types that a request's (unwanted) body may have. */
  readonly consumes: readonly string[]
}

/** Where a path leads. Probes, documents and the index answer every method, as Go's mux does. */
export type Route =
  | ApiRoute
  /** Under an API's root, but nothing is there: a Status. */
  | { readonly kind: 'absent' }
  /** Outside of every API: the list of paths. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'index' | 'metrics' | 'resource-metrics' | 'openapi-v2' | 'openapi-v3' }
  /** A page for people, as Kubernetes' components have them (z-pages). */
  | { readonly kind: 'page'; readonly page: PageName }
  /** `group` as in `apis/metrics.k8s.io/v1beta1`. */
  | { readonly kind: 'openapi-v3-group'; readonly group: string }
  /** `check` is a check's name, empty for all of them. */
  | { readonly kind: 'probe'; readonly endpoint: ProbeEndpoint; readonly check: string }

export type PageName = 'statusz' | 'flagz'

export type ProbeEndpoint = 'healthz' | 'livez' | 'readyz'

const api = (serves: ApiRoute['serves'], endpoint: Endpoint, consumes: readonly string[]): ApiRoute =>
  Object.freeze({ kind: 'api', serves, endpoint, consumes })

const ANYTHING: readonly string[] = ['*/*']
const GROUPS = api('groups', 'groups', MEDIA_TYPES)
const GROUP = api('group', 'document', MEDIA_TYPES)
const RESOURCES = api('resources', 'document', MEDIA_TYPES)
const VERSION = api('version', 'version', ['application/json'])
const NODE_LIST = api('node-list', 'list', ANYTHING)
const NODE = api('node', 'object', ANYTHING)
const POD_LIST = api('pod-list', 'list', ANYTHING)
const POD = api('pod', 'object', ANYTHING)
const ABSENT: Route = Object.freeze({ kind: 'absent' })
const UNKNOWN: Route = Object.freeze({ kind: 'unknown' })

const EXACT = new Map<string, Route>([
  ['/', { kind: 'index' }],
  ['/index.html', { kind: 'index' }],
  ['/metrics', { kind: 'metrics' }],
  ['/metrics/resource', { kind: 'resource-metrics' }],
  ['/openapi/v2', { kind: 'openapi-v2' }],
  ['/openapi/v3', { kind: 'openapi-v3' }],
  ['/statusz', { kind: 'page', page: 'statusz' }],
  ['/flagz', { kind: 'page', page: 'flagz' }],
])
const OPENAPI_GROUP = '/openapi/v3/'
const GROUP_ROOT = '/apis/metrics.k8s.io'

const isUnder = (path: string, root: string): boolean =>
  path.startsWith(root) && (path.length === root.length || path[root.length] === '/')

/** Routes below /apis/metrics.k8s.io, `parts` being what follows it. */
function groupRoute(parts: readonly string[]): Route {
  const [version, resource, name, namespaced] = parts
  if (version === undefined) return GROUP
  if (version !== 'v1beta1') return ABSENT
  if (resource === undefined) return RESOURCES
  if (resource === 'namespaces' && namespaced === 'pods') {
    if (parts.length === 4) return POD_LIST
    return parts.length === 5 ? POD : ABSENT
  }
  if (resource === 'nodes' && parts.length <= 3) return name === undefined ? NODE_LIST : NODE
  return resource === 'pods' && parts.length === 2 ? POD_LIST : ABSENT
}

const PROBE = /^\/(healthz|livez|readyz)(?:\/(.+))?$/s

function probeRoute(path: string): Route {
  const [, endpoint, check = ''] = PROBE.exec(path) ?? []
  return endpoint === undefined ? UNKNOWN : { kind: 'probe', endpoint: endpoint as ProbeEndpoint, check }
}

/**
 * Where a path leads, by the rules of the Go server: API paths are told by their prefix and may have slashes at their
 * end (go-restful's curly router), all others must be met exactly (apiserver, pkg/server/handler.go and mux).
 */
export function routeOf(path: string): Route {
  if (isUnder(path, GROUP_ROOT)) return groupRoute(splitPath(path).slice(2))
  if (path === '/apis' || path === '/apis/') return GROUPS
  if (isUnder(path, '/version')) return splitPath(path).length === 1 ? VERSION : ABSENT
  const exact = EXACT.get(path)
  if (exact !== undefined) return exact
  if (path.startsWith(OPENAPI_GROUP)) return { kind: 'openapi-v3-group', group: path.slice(OPENAPI_GROUP.length) }
  return probeRoute(path)
}
