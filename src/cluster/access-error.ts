/** How to reach the apiserver, or how to show who we are, could not be found out. Never carries a secret. */
export class ClusterAccessError extends Error {
  override readonly name = 'ClusterAccessError'
}
