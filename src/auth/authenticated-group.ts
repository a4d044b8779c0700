import { ANONYMOUS, type User } from '../model/identity.ts'

const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'

/**
 * Adds the group of all who are known, unless the user is the anonymous one or is already said to be known or unknown
 * (apiserver, pkg/authentication/group/authenticated_group_adder.go).
 */
export function withAuthenticatedGroup(user: User): User {
  if (user.name === ANONYMOUS.name) return user
  if (user.groups.some((group) => group === AUTHENTICATED || group === UNAUTHENTICATED)) return user
  return { ...user, groups: [...user.groups, AUTHENTICATED] }
}
