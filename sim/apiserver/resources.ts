/** A resource that this apiserver keeps. */
export interface Resource {
  readonly name: string
  readonly singular: string
  readonly kind: string
  readonly group: string
  readonly version: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
}

export const RESOURCES: readonly Resource[] = [
  core('configmaps', 'configmap', 'ConfigMap', true, ['cm']),
  core('namespaces', 'namespace', 'Namespace', false, ['ns']),
  core('nodes', 'node', 'Node', false, ['no']),
  core('pods', 'pod', 'Pod', true, ['po']),
  core('services', 'service', 'Service', true, ['svc']),
  {
    name: 'apiservices',
    singular: 'apiservice',
    kind: 'APIService',
    group: 'apiregistration.k8s.io',
    version: 'v1',
    namespaced: false,
    shortNames: [],
  },
  {
    name: 'endpointslices',
    singular: 'endpointslice',
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    version: 'v1',
    namespaced: true,
    shortNames: [],
  },
  {
    name: 'horizontalpodautoscalers',
    singular: 'horizontalpodautoscaler',
    kind: 'HorizontalPodAutoscaler',
    group: 'autoscaling',
    version: 'v2',
    namespaced: true,
    shortNames: ['hpa'],
  },
]

function core(
  name: string,
  singular: string,
  kind: string,
  namespaced: boolean,
  shortNames: readonly string[],
): Resource {
  return { name, singular, kind, group: '', version: 'v1', namespaced, shortNames }
}

/** Kinds that are asked, not kept: what may be POSTed where. */
export const REVIEWS = [
  { name: 'tokenreviews', singular: 'tokenreview', kind: 'TokenReview', group: 'authentication.k8s.io' },
  {
    name: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    kind: 'SelfSubjectReview',
    group: 'authentication.k8s.io',
  },
  {
    name: 'subjectaccessreviews',
    singular: 'subjectaccessreview',
    kind: 'SubjectAccessReview',
    group: 'authorization.k8s.io',
  },
  {
    name: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    kind: 'SelfSubjectAccessReview',
    group: 'authorization.k8s.io',
  },
] as const

export const METRICS_GROUP = 'metrics.k8s.io'
export const METRICS_VERSION = 'v1beta1'
