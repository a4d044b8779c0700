import type { AccessQuestion, User } from '../../src/model/identity.ts'

/** A rule of RBAC and who it is bound to. `*` stands for all. */
export interface AccessRule {
  /** Names of users or groups. */
  readonly subjects: readonly string[]
  readonly verbs: readonly string[]
  /** `resource.group`, `resource/subresource.group`, without the dot for the core group; or a path that may end in `*`. */
  readonly what: readonly string[]
  /** Everywhere when left out. */
  readonly namespace?: string
  readonly names?: readonly string[]
  /** Came with the metrics server. */
  readonly installed?: boolean
}

const READ = ['get', 'list', 'watch']
const ALL_AUTHENTICATED = ['system:authenticated']

export const SERVER_USER = 'system:serviceaccount:kube-system:metrics-server'
const HPA_USER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler'

/** What a cluster has of roles and bindings before a metrics server is installed, as far as it matters here. */
export const CLUSTER_RULES: readonly AccessRule[] = [
  { subjects: ['system:masters'], verbs: ['*'], what: ['*'] },
  // ClusterRole system:discovery, system:public-info-viewer, system:basic-user
  {
    subjects: ALL_AUTHENTICATED,
    verbs: ['get'],
    what: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
  },
  {
    subjects: [...ALL_AUTHENTICATED, 'system:unauthenticated'],
    verbs: ['get'],
    what: ['/version', '/version/', '/healthz', '/livez', '/readyz'],
  },
  {
    subjects: ALL_AUTHENTICATED,
    verbs: ['create'],
    what: ['selfsubjectaccessreviews.authorization.k8s.io', 'selfsubjectreviews.authentication.k8s.io'],
  },
  // A part of ClusterRole view
  { subjects: ['viewers'], verbs: READ, what: ['pods', 'namespaces'] },
  { subjects: [HPA_USER], verbs: ['list'], what: ['pods.metrics.k8s.io'] },
  { subjects: [HPA_USER], verbs: READ, what: ['pods'] },
]

const matches = (allowed: readonly string[], value: string): boolean =>
  allowed.some(
    (a) => a === '*' || a === value || (a.endsWith('*') && a.startsWith('/') && value.startsWith(a.slice(0, -1))),
  )

/** Whether RBAC lets `who` do it. */
export function allows(rules: readonly AccessRule[], who: User, question: AccessQuestion): boolean {
  return rules.some(
    (rule) =>
      rule.subjects.some((subject) => subject === who.name || who.groups.includes(subject)) &&
      matches(rule.verbs, question.verb) &&
      matches(rule.what, objectOf(question)) &&
      inScope(rule, question),
  )
}

function objectOf(question: AccessQuestion): string {
  if (question.kind === 'path') return question.path
  const { resource, subresource, group } = question
  return `${resource}${subresource && `/${subresource}`}${group && `.${group}`}`
}

function inScope(rule: AccessRule, question: AccessQuestion): boolean {
  if (question.kind === 'path') return true
  if (rule.namespace !== undefined && rule.namespace !== question.namespace) return false
  return rule.names === undefined || rule.names.includes(question.name)
}
