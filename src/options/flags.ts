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

/** The table of all flags, in the order of the Go server's `--help`. Parser, help and docs/flags.md come from it. */
export const SECTIONS: readonly Section[] = [
  section('Metrics server', metricsServer),
  section('Generic', generic),
  section('Kubelet client', kubeletClient),
  section('Apiserver secure serving', secureServing),
  section('Apiserver authentication', authentication),
  section('Apiserver authorization', authorization),
  section('Apiserver audit log', auditLog),
  section('Features', features),
  section('Logging', logging),
]

/** Every flag, by section. */
export const FLAGS: readonly AnyFlag[] = SECTIONS.flatMap((one) => one.flags)
