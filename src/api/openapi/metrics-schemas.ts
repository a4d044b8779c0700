import { TYPE_META } from './meta-schemas.ts'
import { type GroupVersionKind, type Schema, V2_ROOT } from './schema.ts'

export const METRICS_PREFIX = 'io.k8s.metrics.pkg.apis.metrics.v1beta1.'
export const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

const metaRef = (name: string) => V2_ROOT + META_PREFIX + name
const metricsRef = (name: string) => V2_ROOT + METRICS_PREFIX + name

const gvk = (kind: string): readonly GroupVersionKind[] => [{ group: 'metrics.k8s.io', version: 'v1beta1', kind }]

const NODE_OR_POD: Readonly<Record<string, Schema>> = {
  ...TYPE_META,
  metadata: { description: 'Name, namespace and labels of what was measured.', $ref: metaRef('ObjectMeta') },
  timestamp: { description: 'End of the time over which the usage was measured.', $ref: metaRef('Time') },
  window: {
    description: 'Length of the time over which the usage was measured, which ends at timestamp.',
    $ref: metaRef('Duration'),
  },
}

const USAGE: Schema = {
  description:
    'Usage by resource: cpu is the mean over the window in cores, memory the working set in bytes at its end.',
  type: 'object',
  additionalProperties: { $ref: `${V2_ROOT}io.k8s.apimachinery.pkg.api.resource.Quantity` },
}

const list = (kind: string, description: string): Schema => ({
  description,
  type: 'object',
  required: ['items'],
  properties: {
    ...TYPE_META,
    items: { description: 'The objects of the list.', type: 'array', items: { $ref: metricsRef(kind) } },
    metadata: { description: 'Metadata of the list itself.', $ref: metaRef('ListMeta') },
  },
  'x-kubernetes-group-version-kind': gvk(`${kind}List`),
})

/** The definitions of metrics.k8s.io/v1beta1 (k8s.io/metrics, pkg/apis/metrics/v1beta1/types.go), in the form of OpenAPI v2. */
export const METRICS_SCHEMAS: Readonly<Record<string, Schema>> = {
  [`${METRICS_PREFIX}ContainerMetrics`]: {
    description: 'What a container of a pod uses.',
    type: 'object',
    required: ['name', 'usage'],
    properties: {
      name: { description: "The container's name, as in the pod's spec.", type: 'string' },
      usage: USAGE,
    },
  },
  [`${METRICS_PREFIX}NodeMetrics`]: {
    description: 'What a node uses.',
    type: 'object',
    required: ['timestamp', 'window', 'usage'],
    properties: { ...NODE_OR_POD, usage: USAGE },
    'x-kubernetes-group-version-kind': gvk('NodeMetrics'),
  },
  [`${METRICS_PREFIX}NodeMetricsList`]: list('NodeMetrics', 'What several nodes use.'),
  [`${METRICS_PREFIX}PodMetrics`]: {
    description: 'What the containers of a pod use.',
    type: 'object',
    required: ['timestamp', 'window', 'containers'],
    properties: {
      ...NODE_OR_POD,
      containers: {
        description: 'Usage of each container, all measured over the same window.',
        type: 'array',
        items: { $ref: metricsRef('ContainerMetrics') },
        'x-kubernetes-list-type': 'atomic',
      },
    },
    'x-kubernetes-group-version-kind': gvk('PodMetrics'),
  },
  [`${METRICS_PREFIX}PodMetricsList`]: list('PodMetrics', 'What the containers of several pods use.'),
}
