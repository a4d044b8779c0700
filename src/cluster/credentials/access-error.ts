import { UnusableError } from '../../model/unusable-error.ts'

/** How to reach the apiserver, or how to show who we are, could not be found out. Never carries a secret. */
export class ClusterAccessError extends UnusableError {
  override readonly name = 'ClusterAccessError'
}
