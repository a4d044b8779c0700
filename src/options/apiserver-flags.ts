import { CIPHER_SUITE_NAMES } from './cipher-suites.ts'
import {
  bool,
  duration,
  featureGates,
  flag,
  float32,
  float64,
  ignored,
  int,
  int32s,
  ip,
  namedCertKeys,
  noBlank,
  notNegative,
  port,
  positiveWithinTimer,
  quoted,
  string,
  strings,
  withinTimer,
  word,
} from './flag.ts'

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

/** kubernetes/apiserver, pkg/server/options/serving.go. */
export const secureServing = {
  bindAddress: flag({
    name: 'bind-address',
    kind: ip,
    default: '0.0.0.0',
    help: 'IP address to listen on. 0.0.0.0 and :: mean every address of both families.',
  }),
  port: flag({
    name: 'secure-port',
    kind: int,
    default: 443,
    help: 'Port to serve HTTPS on, with authentication and authorization.',
    check: port,
  }),
  disableHttp2: flag({
    name: 'disable-http2-serving',
    kind: bool,
    default: false,
    help: 'Serve HTTP/1.1 only.',
  }),
  http2MaxStreams: flag({
    name: 'http2-max-streams-per-connection',
    kind: int,
    default: 0,
    help: 'How many HTTP/2 streams a client may have open on one connection. 0 means 100.',
    check: (value) => notNegative(value) ?? (value < 2 ** 31 ? undefined : 'must be below 2147483648'),
  }),
  certDir: flag({
    name: 'cert-dir',
    kind: string,
    default: 'apiserver.local.config/certificates',
    help: 'Directory in which a self-signed serving certificate is made, or found again, when --tls-cert-file is not given.',
  }),
  certFile: flag({
    name: 'tls-cert-file',
    kind: string,
    default: '',
    help: "File with the serving certificate, followed by its issuer's if there is one. Without it a self-signed certificate is made in --cert-dir.",
  }),
  keyFile: flag({
    name: 'tls-private-key-file',
    kind: string,
    default: '',
    help: 'File with the private key of --tls-cert-file.',
  }),
  sniCertKeys: flag({
    name: 'tls-sni-cert-key',
    kind: namedCertKeys,
    default: [],
    help: 'A further certificate and its key for some names: "foo.crt,foo.key" for the names in the certificate, "foo.crt,foo.key:*.foo.com,foo.com" for these. An exact name goes before one with *, names given here before those found in a certificate, an earlier certificate before a later one. May be given several times.',
  }),
  cipherSuites: flag({
    name: 'tls-cipher-suites',
    kind: strings,
    default: [],
    help: `Cipher suites up to TLS 1.2, by Go's names; those of TLS 1.3 are always on. Without it Go's default choice.\nKnown names: ${CIPHER_SUITE_NAMES.join(', ')}.`,
  }),
  curvePreferences: flag({
    name: 'tls-curve-preferences',
    kind: int32s,
    default: [],
    help: "Key exchanges to allow, by the numbers of TLS: 23 (P-256), 24 (P-384), 25 (P-521), 29 (X25519), 4588 (X25519MLKEM768). Without it OpenSSL's default choice.",
  }),
  minVersion: flag({
    name: 'tls-min-version',
    kind: word('', 'VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'),
    default: '',
    help: 'Oldest TLS version to accept: VersionTLS12 (the default) or VersionTLS13. VersionTLS10 and VersionTLS11 are taken as VersionTLS12.',
  }),
  permitPortSharing: flag({
    name: 'permit-port-sharing',
    kind: bool,
    default: false,
    help: 'Listen with SO_REUSEPORT, so that several processes may share address and port.',
  }),
  permitAddressSharing: flag({
    name: 'permit-address-sharing',
    kind: bool,
    default: false,
    help: 'Listen with SO_REUSEADDR. Always so here.',
  }),
}

const lacks = (values: readonly string[], standard: string): boolean =>
  values.length > 0 && !values.some((value) => value.toLowerCase() === standard)

/** kubernetes/apiserver, pkg/server/options/authentication.go. */
export const authentication = {
  kubeconfig: flag({
    name: 'authentication-kubeconfig',
    kind: string,
    default: '',
    help: 'File with the credentials for creating TokenReviews and reading the authentication configuration. Without it those of the pod itself.',
  }),
  skipLookup: flag({
    name: 'authentication-skip-lookup',
    kind: bool,
    default: false,
    help: 'Do not read what is missing of the authentication configuration from the cluster (configmap kube-system/extension-apiserver-authentication).',
  }),
  tolerateLookupFailure: flag({
    name: 'authentication-tolerate-lookup-failure',
    kind: bool,
    default: false,
    help: 'Start even if that configuration cannot be read. Until it can, requests through the API server count as anonymous.',
  }),
  tokenCacheTtl: flag({
    name: 'authentication-token-webhook-cache-ttl',
    kind: duration,
    default: 10_000,
    help: 'How long the review of a bearer token is cached.',
    check: notNegative,
  }),
  clientCaFile: flag({
    name: 'client-ca-file',
    kind: string,
    default: '',
    help: 'File with the certificate authorities of client certificates; their common name is the user, their organizations are the groups. Without it those of the cluster.',
  }),
  requestHeaderCaFile: flag({
    name: 'requestheader-client-ca-file',
    kind: string,
    default: '',
    help: 'File with the certificate authorities of front proxies, whose clients may name the user in headers. Without it those of the cluster.',
  }),
  requestHeaderAllowedNames: flag({
    name: 'requestheader-allowed-names',
    kind: strings,
    default: [],
    help: 'Common names of the client certificates that may name the user in headers. Without it every name signed by --requestheader-client-ca-file.',
    check: noBlank,
  }),
  requestHeaderUsernameHeaders: flag({
    name: 'requestheader-username-headers',
    kind: strings,
    default: ['x-remote-user'],
    help: 'Headers that may hold the name of the user, first one found.',
    check: noBlank,
  }),
  requestHeaderUidHeaders: flag({
    name: 'requestheader-uid-headers',
    kind: strings,
    default: [],
    help: 'Headers that may hold the UID of the user; X-Remote-Uid is what API servers send.',
    check: (values) =>
      noBlank(values) ??
      (lacks(values, 'x-remote-uid') ? 'must have X-Remote-Uid in it, or API aggregation will not work' : undefined),
  }),
  requestHeaderGroupHeaders: flag({
    name: 'requestheader-group-headers',
    kind: strings,
    default: ['x-remote-group'],
    help: 'Headers that hold groups of the user.',
    check: noBlank,
  }),
  requestHeaderExtraHeaderPrefixes: flag({
    name: 'requestheader-extra-headers-prefix',
    kind: strings,
    default: ['x-remote-extra-'],
    help: 'Beginnings of the headers that hold extra attributes of the user.',
    check: noBlank,
  }),
}

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

/** kubernetes/apiserver, pkg/server/options/feature.go. */
export const features = {
  profiling: ignored('profiling', bool, true, 'Profiles under /debug/pprof; none are served.'),
  contentionProfiling: ignored('contention-profiling', bool, false, 'Block profiles.'),
  debugSocketPath: ignored('debug-socket-path', string, '', 'Unix socket for profiles; none is opened.'),
  priorityAndFairness: ignored(
    'enable-priority-and-fairness',
    bool,
    true,
    'Queues by priority; --max-requests-inflight is the bound instead.',
  ),
}

const log = 'Audit log; none is written.'
const hook = 'Audit webhook; none is called.'

/** kubernetes/apiserver, pkg/server/options/audit.go. */
export const auditLog = {
  policyFile: ignored('audit-policy-file', string, '', 'Audit policy; nothing is audited.'),
  logBatchBufferSize: ignored('audit-log-batch-buffer-size', int, 10_000, log),
  logBatchMaxSize: ignored('audit-log-batch-max-size', int, 1, log),
  logBatchMaxWait: ignored('audit-log-batch-max-wait', duration, 0, log),
  logBatchThrottleBurst: ignored('audit-log-batch-throttle-burst', int, 0, log),
  logBatchThrottleEnable: ignored('audit-log-batch-throttle-enable', bool, false, log),
  logBatchThrottleQps: ignored('audit-log-batch-throttle-qps', float32, 0, log),
  logCompress: ignored('audit-log-compress', bool, false, log),
  logFormat: ignored('audit-log-format', string, 'json', log),
  logMaxAge: ignored('audit-log-maxage', int, 0, log),
  logMaxBackup: ignored('audit-log-maxbackup', int, 0, log),
  logMaxSize: ignored('audit-log-maxsize', int, 0, log),
  logMode: ignored('audit-log-mode', string, 'blocking', log),
  logPath: ignored('audit-log-path', string, '', log),
  logTruncateEnabled: ignored('audit-log-truncate-enabled', bool, false, log),
  logTruncateMaxBatchSize: ignored('audit-log-truncate-max-batch-size', int, 10_485_760, log),
  logTruncateMaxEventSize: ignored('audit-log-truncate-max-event-size', int, 102_400, log),
  logVersion: ignored('audit-log-version', string, 'audit.k8s.io/v1', log),
  webhookBatchBufferSize: ignored('audit-webhook-batch-buffer-size', int, 10_000, hook),
  webhookBatchMaxSize: ignored('audit-webhook-batch-max-size', int, 400, hook),
  webhookBatchMaxWait: ignored('audit-webhook-batch-max-wait', duration, 30_000, hook),
  webhookBatchThrottleBurst: ignored('audit-webhook-batch-throttle-burst', int, 15, hook),
  webhookBatchThrottleEnable: ignored('audit-webhook-batch-throttle-enable', bool, true, hook),
  webhookBatchThrottleQps: ignored('audit-webhook-batch-throttle-qps', float32, 10, hook),
  webhookConfigFile: ignored('audit-webhook-config-file', string, '', hook),
  webhookInitialBackoff: ignored('audit-webhook-initial-backoff', duration, 10_000, hook),
  webhookMode: ignored('audit-webhook-mode', string, 'batch', hook),
  webhookTruncateEnabled: ignored('audit-webhook-truncate-enabled', bool, false, hook),
  webhookTruncateMaxBatchSize: ignored('audit-webhook-truncate-max-batch-size', int, 10_485_760, hook),
  webhookTruncateMaxEventSize: ignored('audit-webhook-truncate-max-event-size', int, 102_400, hook),
  webhookVersion: ignored('audit-webhook-version', string, 'audit.k8s.io/v1', hook),
}
