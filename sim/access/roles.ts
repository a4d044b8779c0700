import type { AccessRule } from './rules.ts'

interface PolicyRule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs: readonly string[]
}

/** A role or a binding of rbac.authorization.k8s.io/v1; other objects of a manifest are passed over. */
export interface RbacObject {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly rules?: readonly PolicyRule[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

/** Whom ClusterRole view is bound to in the simulated cluster. */
export const VIEWERS = 'viewers'
const AGGREGATED_TO_VIEW = 'rbac.authorization.k8s.io/aggregate-to-view'

/** Roles that every cluster has and manifests bind (kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy). */
export const BUILT_IN_ROLES: readonly RbacObject[] = [
  {
    kind: 'ClusterRole',
    metadata: { name: 'system:auth-delegator' },
    rules: [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ],
  },
  {
    kind: 'Role',
    metadata: { name: 'extension-apiserver-authentication-reader', namespace: 'kube-system' },
    rules: [
      {
        apiGroups: [''],
        resources: ['configmaps'],
        resourceNames: ['extension-apiserver-authentication'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  },
]

const whatOf = ({ apiGroups = [], resources = [], nonResourceURLs = [] }: PolicyRule): string[] => [
  ...apiGroups.flatMap((group) => resources.map((resource) => (group === '' ? resource : `${resource}.${group}`))),
  ...nonResourceURLs,
]

function accessRule(rule: PolicyRule, subjects: readonly string[], namespace: string | undefined): AccessRule {
  return {
    subjects,
    verbs: rule.verbs,
    what: whatOf(rule),
    ...(namespace !== undefined && { namespace }),
    ...(rule.resourceNames !== undefined && { names: rule.resourceNames }),
  }
}

const subjectsOf = ({ subjects = [] }: RbacObject): string[] =>
  subjects.map(({ kind, name, namespace }) =>
    kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name,
  )

/**
 * What roles and bindings let whom do, as RBAC decides it: a ClusterRoleBinding everywhere, a RoleBinding in its namespace,
 * and a ClusterRole that is aggregated to view whoever may view.
 * @throws Error when a binding names a role that there is not: it would give nothing.
 */
export function accessRulesOf(objects: readonly RbacObject[]): AccessRule[] {
  const roles = objects.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
  const bindings = objects.filter(({ roleRef }) => roleRef !== undefined)
  const bound = bindings.flatMap((binding) => {
    const { kind, name } = binding.roleRef ?? {}
    const role = roles.find((r) => r.kind === kind && r.metadata.name === name)
    if (role === undefined) throw new Error(`${binding.kind} ${binding.metadata.name} names no role: ${kind} ${name}`)
    const namespace = binding.kind === 'RoleBinding' ? binding.metadata.namespace : undefined
    return (role.rules ?? []).map((rule) => accessRule(rule, subjectsOf(binding), namespace))
  })
  const aggregated = roles
    .filter(({ metadata }) => metadata.labels?.[AGGREGATED_TO_VIEW] === 'true')
    .flatMap(({ rules = [] }) => rules.map((rule) => accessRule(rule, [VIEWERS], undefined)))
  return [...bound, ...aggregated]
}
