import type { GroupVersionKind, PropertySpec, SchemaSpec } from './schema.ts'

export const METRICS_PREFIX = 'io.k8s.metrics.pkg.apis.metrics.v1beta1.'
export const META_PREFIX = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
export const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'

/** `apiVersion` and `kind`, which every object has. */
export const TYPE_META: Readonly<Record<string, PropertySpec>> = {
  apiVersion: ['string', 'Group and version of the schema that this object follows.'],
  kind: ['string', 'Name of the schema that this object follows.'],
}

const gvk = (kind: string): GroupVersionKind => ({ group: 'metrics.k8s.io', version: 'v1beta1', kind })

const MEASURED: Readonly<Record<string, PropertySpec>> = {
  ...TYPE_META,
  metadata: [`#${META_PREFIX}ObjectMeta`, 'Name, namespace and labels of what was measured.'],
  timestamp: [`#${META_PREFIX}Time`, 'End of the time over which the usage was measured.'],
  window: [`#${META_PREFIX}Duration`, 'Length of the time over which the usage was measured, which ends at timestamp.'],
}

const USAGE: PropertySpec = [
  `{}#${QUANTITY}`,
  'Usage by resource: cpu is the mean over the window in cores, memory the working set in bytes at its end.',
]

const list = (kind: string, description: string): SchemaSpec => ({
  description,
  required: ['items'],
  properties: {
    ...TYPE_META,
    items: [`[]#${METRICS_PREFIX}${kind}`, 'The objects of the list.'],
    metadata: [`#${META_PREFIX}ListMeta`, 'Metadata of the list itself.'],
  },
  gvk: gvk(`${kind}List`),
})

/** The schemas of metrics.k8s.io/v1beta1 (k8s.io/metrics, pkg/apis/metrics/v1beta1/types.go). */
export const METRICS_SCHEMAS: readonly (readonly [string, SchemaSpec])[] = [
  [
    `${METRICS_PREFIX}ContainerMetrics`,
    {
      description: 'What a container of a pod uses.',
      required: ['name', 'usage'],
      properties: { name: ['string', "The container's name, as in the pod's spec."], usage: USAGE },
    },
  ],
  [
    `${METRICS_PREFIX}NodeMetrics`,
    {
      description: 'What a node uses.',
      required: ['timestamp', 'window', 'usage'],
      properties: { ...MEASURED, usage: USAGE },
      gvk: gvk('NodeMetrics'),
    },
  ],
  [`${METRICS_PREFIX}NodeMetricsList`, list('NodeMetrics', 'What several nodes use.')],
  [
    `${METRICS_PREFIX}PodMetrics`,
    {
      description: 'What the containers of a pod use.',
      required: ['timestamp', 'window', 'containers'],
      properties: {
        ...MEASURED,
        containers: [
          `[]#${METRICS_PREFIX}ContainerMetrics`,
          'Usage of each container, all measured over the same window.',
          { 'x-kubernetes-list-type': 'atomic' },
        ],
      },
      gvk: gvk('PodMetrics'),
    },
  ],
  [`${METRICS_PREFIX}PodMetricsList`, list('PodMetrics', 'What the containers of several pods use.')],
  [
    QUANTITY,
    {
      description:
        'An amount, written as a decimal number with a suffix: n, u, m, k, M, G, T, P or E for powers of 1000, Ki, Mi, Gi, Ti, Pi or Ei for powers of 1024, or an exponent. "100m" is a tenth, "1Ki" is 1024.',
      scalar: { type: 'string', orNumber: true },
    },
  ],
]
