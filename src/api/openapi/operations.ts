import { META_PREFIX, METRICS_PREFIX } from './metrics-schemas.ts'
import type { GroupVersionKind } from './schema.ts'

const DOCUMENT_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const LIST_TYPES = [
  ...DOCUMENT_TYPES,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
]

/** A parameter, short of what OpenAPI v2 and v3 write differently. */
export interface ParameterSpec {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

/** The GET of a path. */
export interface OperationSpec {
  readonly path: string
  /** The document of OpenAPI v3 that it stands in. */
  readonly document: string
  readonly tag: string
  readonly operationId: string
  readonly description: string
  /** Name of the schema of the answer. */
  readonly answer: string
  readonly consumes: readonly string[]
  readonly produces: readonly string[]
  readonly parameters: readonly ParameterSpec[]
  readonly action?: 'get' | 'list'
  readonly gvk?: GroupVersionKind
}

const query = (name: string, type: ParameterSpec['type'], description: string): ParameterSpec => ({
  name,
  in: 'query',
  type,
  description,
})

const PRETTY = query('pretty', 'string', 'true for indented JSON.')
const NAMESPACE: ParameterSpec = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  description: 'Name of the namespace.',
}
const named = (kind: string): ParameterSpec => ({
  name: 'name',
  in: 'path',
  type: 'string',
  description: `Name of the ${kind}.`,
})
const LIST_PARAMETERS: readonly ParameterSpec[] = [
  query('allowWatchBookmarks', 'boolean', 'Taken and not used: there is nothing to watch.'),
  query('continue', 'string', 'Begins the list where the page before it ended: the metadata.continue of that page.'),
  query('fieldSelector', 'string', 'Narrows the list by metadata.name and metadata.namespace.'),
  query('labelSelector', 'string', 'Narrows the list by labels.'),
  query(
    'limit',
    'integer',
    'How many objects are served at most. Where there are more, metadata.continue of the list says how to go on.',
  ),
  PRETTY,
  query(
    'resourceVersion',
    'string',
    'Not used, and refused beside continue unless it is 0: there is only what was measured last.',
  ),
  query('resourceVersionMatch', 'string', 'How resourceVersion is meant; not used.'),
  query('sendInitialEvents', 'boolean', 'For watching only, which is refused.'),
  query('timeoutSeconds', 'integer', 'Taken and not used: there is nothing to watch.'),
  query('watch', 'boolean', 'Refused: measurements cannot be watched.'),
]

const VERSION_ROOT = 'apis/metrics.k8s.io/v1beta1'

const inVersion = { document: VERSION_ROOT, tag: 'metrics_v1beta1', consumes: ['*/*'] } as const

const gvkOf = (kind: string): GroupVersionKind => ({ group: 'metrics.k8s.io', version: 'v1beta1', kind })

function list(path: string, kind: string, operation: string, scope: readonly ParameterSpec[]): OperationSpec {
  const parameters = [...LIST_PARAMETERS, ...scope].sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    ...inVersion,
    path: `/${VERSION_ROOT}/${path}`,
    operationId: `listMetricsV1beta1${operation}`,
    description: `list objects of kind ${kind}`,
    answer: `${METRICS_PREFIX}${kind}List`,
    produces: LIST_TYPES,
    parameters,
    action: 'list',
    gvk: gvkOf(kind),
  }
}

function read(path: string, kind: string, operation: string, scope: readonly ParameterSpec[]): OperationSpec {
  return {
    ...inVersion,
    path: `/${VERSION_ROOT}/${path}/{name}`,
    operationId: `readMetricsV1beta1${operation}`,
    description: `read the specified ${kind}`,
    answer: `${METRICS_PREFIX}${kind}`,
    produces: DOCUMENT_TYPES,
    parameters: [named(kind), ...scope, PRETTY],
    action: 'get',
    gvk: gvkOf(kind),
  }
}

function document(name: string, tag: string, operationId: string, description: string, answer: string): OperationSpec {
  const types = name === 'version' ? ['application/json'] : DOCUMENT_TYPES
  const shared = { consumes: types, produces: types, parameters: [] }
  return { ...shared, document: name, path: `/${name}/`, tag, operationId, description, answer }
}

/** Everything that the API documents describe: the paths under /apis, and /version. */
export const OPERATIONS: readonly OperationSpec[] = [
  document('apis', 'apis', 'getAPIVersions', 'get available API versions', `${META_PREFIX}APIGroupList`),
  document(
    'apis/metrics.k8s.io',
    'metrics',
    'getMetricsAPIGroup',
    'get information of a group',
    `${META_PREFIX}APIGroup`,
  ),
  document(
    VERSION_ROOT,
    'metrics_v1beta1',
    'getMetricsV1beta1APIResources',
    'get available resources',
    `${META_PREFIX}APIResourceList`,
  ),
  list('namespaces/{namespace}/pods', 'PodMetrics', 'NamespacedPodMetrics', [NAMESPACE]),
  read('namespaces/{namespace}/pods', 'PodMetrics', 'NamespacedPodMetrics', [NAMESPACE]),
  list('nodes', 'NodeMetrics', 'NodeMetrics', []),
  read('nodes', 'NodeMetrics', 'NodeMetrics', []),
  list('pods', 'PodMetrics', 'PodMetricsForAllNamespaces', []),
  document(
    'version',
    'version',
    'getCodeVersion',
    'get the version information for this server',
    'io.k8s.apimachinery.pkg.version.Info',
  ),
]
