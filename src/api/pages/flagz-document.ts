import type { FlagStatus } from '../status-source.ts'

/** The fields of `Flagz` of config.k8s.io but for its head (apiserver, pkg/server/flagz/api/v1beta1/types.go). */
export const flagzDocument = (flags: readonly FlagStatus[]): object => ({
  // Names of our own table, never from outside.
  flags: Object.fromEntries(flags.map(({ name, value }) => [name, value])),
})
