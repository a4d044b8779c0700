import type { RbacObject } from '../../sim/access/roles.ts'

/** Each verb on each resource that a role allows: "system:metrics-server: get nodes/stats". */
export function rightsOf(role: RbacObject | undefined): string[] {
  return (role?.rules ?? []).flatMap(({ resources = [], verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => `${role?.metadata.name}: ${verb} ${resource}`)),
  )
}

/**
 * The same objects without one right.
 * @throws Error when none of them gives it.
 */
export function without(objects: readonly RbacObject[], right: string): RbacObject[] {
  if (!objects.some((object) => rightsOf(object).includes(right))) throw new Error(`no role gives ${right}`)
  return objects.map((object) => {
    const { rules } = object
    if (rules === undefined || !rightsOf(object).includes(right)) return object
    // One rule for each right, so that just one can be left out.
    const single = rules.flatMap((rule) =>
      (rule.resources ?? []).flatMap((resource) =>
        rule.verbs.map((verb) => ({ ...rule, resources: [resource], verbs: [verb] })),
      ),
    )
    const kept = single.filter(
      ({ resources, verbs }) => `${object.metadata.name}: ${verbs[0]} ${resources[0]}` !== right,
    )
    return { ...object, rules: kept }
  })
}
