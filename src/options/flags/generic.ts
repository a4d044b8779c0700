import { flag, ignored, quoted } from '../flag.ts'
import {
  bool,
  duration,
  featureGates,
  float64,
  int,
  ip,
  notNegative,
  positiveWithinTimer,
  string,
  strings,
  withinTimer,
} from '../kinds.ts'

const EMULATION = 'Versions and features of the Go components.'

const hsts = (directives: readonly string[]): string | undefined => {
  const wrong = directives.find((d) => !/^(includeSubDomains|preload|max-age=[^=]*)$/.test(d))
  return wrong === undefined ? undefined : `takes max-age=SECONDS, includeSubDomains and preload, not ${quoted(wrong)}`
}

const pinnedOrigins = (origins: readonly string[]): string | undefined => {
  const wrong = origins.find((origin) => !/\^|\/\//.test(origin) || !/[$:]/.test(origin))
  return wrong === undefined ? undefined : `takes expressions pinned to start and end of the host, not ${quoted(wrong)}`
}

const chance = (value: number): string | undefined =>
  value >= 0 && value <= 0.02 ? undefined : 'can not be less than 0 or greater than 0.02'

/** kubernetes/apiserver, pkg/server/options/server_run_options.go. */
export const generic = {
  requestTimeout: flag({
    name: 'request-timeout',
    kind: duration,
    default: 60_000,
    help: 'Deadline for answering a request.',
    check: positiveWithinTimer,
  }),
  maxRequestsInflight: flag({
    name: 'max-requests-inflight',
    kind: int,
    default: 400,
    help: 'How many requests are answered at the same time; beyond it they get 429. 0 means no limit.',
    check: notNegative,
  }),
  shutdownDelay: flag({
    name: 'shutdown-delay-duration',
    kind: duration,
    default: 0,
    help: 'How long requests are still answered after the signal to stop, while /readyz already fails: longer than load balancers take to notice.',
    check: withinTimer,
  }),
  advertiseAddress: ignored(
    'advertise-address',
    ip,
    '',
    'Address to advertise to the cluster; clients use the Service.',
  ),
  corsAllowedOrigins: ignored('cors-allowed-origins', strings, [], 'No CORS headers are sent.', pinnedOrigins),
  emulatedVersion: ignored('emulated-version', strings, [], EMULATION),
  emulationForwardCompatible: ignored('emulation-forward-compatible', bool, false, EMULATION),
  externalHostname: ignored('external-hostname', string, '', 'Host name for URLs; none are made.'),
  featureGates: ignored('feature-gates', featureGates, [], EMULATION),
  goawayChance: ignored('goaway-chance', float64, 0, 'Closing HTTP/2 connections by chance.', chance),
  livezGracePeriod: ignored('livez-grace-period', duration, 0, 'Nothing delays /livez.', notNegative),
  maxMutatingRequestsInflight: ignored(
    'max-mutating-requests-inflight',
    int,
    200,
    'Nothing can be changed through this API.',
    notNegative,
  ),
  minCompatibilityVersion: ignored('min-compatibility-version', strings, [], EMULATION),
  minRequestTimeout: ignored('min-request-timeout', int, 1800, 'Watches are not served.', notNegative),
  runtimeConfigEmulation: ignored('runtime-config-emulation-forward-compatible', bool, false, EMULATION),
  shutdownSendRetryAfter: ignored('shutdown-send-retry-after', bool, false, 'Answers while stopping.'),
  shutdownWatchGracePeriod: ignored(
    'shutdown-watch-termination-grace-period',
    duration,
    0,
    'Watches are not served.',
    notNegative,
  ),
  storageInitializationTimeout: ignored(
    'storage-initialization-timeout',
    duration,
    60_000,
    'There is no storage to wait for.',
    notNegative,
  ),
  strictTransportSecurity: ignored(
    'strict-transport-security-directives',
    strings,
    [],
    'No HSTS header is sent.',
    hsts,
  ),
}
