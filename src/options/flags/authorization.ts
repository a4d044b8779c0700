import { flag, quoted } from '../flag.ts'
import { duration, notNegative, string, strings } from '../kinds.ts'

/** The rule of kubernetes/apiserver, pkg/authorization/path/path.go. */
const onlyTrailingStar = (paths: readonly string[]): string | undefined => {
  const wrong = paths.find((path) => path.slice(0, -1).includes('*'))
  return wrong === undefined ? undefined : `may have a * at the end of a path only, not as in ${quoted(wrong)}`
}

/** kubernetes/apiserver, pkg/server/options/authorization.go. */
export const authorization = {
  kubeconfig: flag({
    name: 'authorization-kubeconfig',
    kind: string,
    default: '',
    help: 'File with the credentials for creating SubjectAccessReviews. Without it those of the pod itself.',
  }),
  alwaysAllowPaths: flag({
    name: 'authorization-always-allow-paths',
    kind: strings,
    default: ['/healthz', '/readyz', '/livez'],
    help: 'Paths that anybody may request; a * at the end stands for anything.',
    check: onlyTrailingStar,
  }),
  authorizedTtl: flag({
    name: 'authorization-webhook-cache-authorized-ttl',
    kind: duration,
    default: 10_000,
    help: 'How long a review that allowed is cached.',
    check: notNegative,
  }),
  unauthorizedTtl: flag({
    name: 'authorization-webhook-cache-unauthorized-ttl',
    kind: duration,
    default: 10_000,
    help: 'How long a review that denied is cached.',
    check: notNegative,
  }),
}
