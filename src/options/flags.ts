import { type AnyFlag, type Section, section } from './flag.ts'
import { auditLog } from './flags/audit-log.ts'
import { authentication } from './flags/authentication.ts'
import { authorization } from './flags/authorization.ts'
import { features } from './flags/features.ts'
import { generic } from './flags/generic.ts'
import { kubeletClient } from './flags/kubelet-client.ts'
import { logging } from './flags/logging.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { secureServing } from './flags/secure-serving.ts'

/** The table of all flags, in the order of the Go server's `--help`. */
const GROUPS = [
  ['Metrics server flags', metricsServer],
  ['Generic flags', generic],
  ['Kubelet client flags', kubeletClient],
  ['Apiserver secure serving flags', secureServing],
  ['Apiserver authentication flags', authentication],
  ['Apiserver authorization flags', authorization],
  ['Apiserver audit log flags', auditLog],
  ['Features flags', features],
  ['Logging flags', logging],
] as const

/** Every flag, by group. */
export const FLAGS: readonly AnyFlag[] = GROUPS.flatMap(([title, flags]) => section(title, flags).flags)

const effective = GROUPS.map(([title, flags]) => section(title, flags)).map(({ title, flags }) => ({
  title,
  flags: flags.filter((flag) => flag.ignored !== true),
}))

/** What `--help` and docs/flags.md show: those that change nothing come last, together. */
export const SECTIONS: readonly Section[] = [
  ...effective.filter(({ flags }) => flags.length > 0),
  section(
    'Flags of the Go server that are taken and have no effect here',
    FLAGS.filter(({ ignored }) => ignored === true),
  ),
]
