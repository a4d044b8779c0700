import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { BUILT_IN_ROLES, type RbacObject } from './roles.ts'

const RBAC = new URL('../../manifests/base/rbac.yaml', import.meta.url)

/** The roles and bindings that this server is installed with, and those of every cluster that they bind. */
export function installedRoles(): readonly RbacObject[] {
  const objects = loadAll(readFileSync(RBAC, 'utf8')) as readonly (RbacObject | null)[]
  return [...BUILT_IN_ROLES, ...objects.filter((object) => object !== null)]
}
