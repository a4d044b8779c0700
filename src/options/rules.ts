import { formatGoDuration } from '../kubernetes/duration.ts'
import { authentication, secureServing } from './apiserver-flags.ts'
import { allowHttp2, CIPHER_SUITE_NAMES, chooseCiphers, chooseCurves } from './cipher-suites.ts'
import { didYouMean } from './did-you-mean.ts'
import { type AnyFlag, type Flag, quoted, type Values } from './flag.ts'
import { EXTRA_RESOURCES, kubeletClient, logging, metricsServer } from './flags.ts'

/** A rule over several flags. */
interface Rule {
  /** The flags whose values it needs: it does not apply while one of them was refused. */
  readonly about: readonly AnyFlag[]
  /** A problem each time that it is broken. */
  broken(values: Values): readonly string[]
}

const rule = (about: readonly AnyFlag[], broken: Rule['broken']): Rule => ({ about, broken })

const when = (isBroken: boolean, problem: string): string[] => (isBroken ? [problem] : [])

/** One line for all values that are not among the known ones. */
function unknownOf(flag: AnyFlag, wrong: readonly string[], known: readonly string[]): string[] {
  if (wrong.length === 0) return []
  const named = wrong.map((one) => {
    const meant = didYouMean(one, known)
    return quoted(one) + (meant === undefined ? '' : ` (did you mean ${meant}?)`)
  })
  return [`--${flag.name} knows no ${named.join(', ')}; known are ${known.join(', ')}`]
}

const { metricResolution, sampleRetention, extraResources, extraResourcesResolution } = metricsServer
const { insecureTls, completelyInsecure, caFile, clientCertFile, clientKeyFile, requestTimeout } = kubeletClient
const { certFile, keyFile, cipherSuites, curvePreferences, disableHttp2, minVersion } = secureServing

/** kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/options.go: validate. */
const RESOLUTION: readonly Rule[] = [
  rule([metricResolution], ({ of }) => {
    const shown = formatGoDuration(of(metricResolution))
    return when(of(metricResolution) < 10_000, `--metric-resolution must be at least 10s, not ${shown}`)
  }),
  rule([metricResolution, requestTimeout], ({ of }) =>
    when(
      (of(metricResolution) * 9) / 10 < of(requestTimeout),
      `--kubelet-request-timeout (${formatGoDuration(of(requestTimeout))}) must be at most nine tenths of --metric-resolution (${formatGoDuration(of(metricResolution))})`,
    ),
  ),
  // Ours: what is served must live until the next sample.
  rule([metricResolution, sampleRetention], ({ of }) => {
    const retentionMs = of(sampleRetention)
    return when(
      retentionMs !== 0 && retentionMs < of(metricResolution),
      `--sample-retention (${formatGoDuration(retentionMs)}) must be at least --metric-resolution (${formatGoDuration(of(metricResolution))})`,
    )
  }),
]

/** Ours. */
const EXTRA: readonly Rule[] = [
  rule([extraResources], ({ of }) => {
    const known: readonly string[] = EXTRA_RESOURCES
    const unknown = of(extraResources).filter((name) => !known.includes(name))
    return unknownOf(extraResources, unknown, known)
  }),
  rule([metricResolution, extraResourcesResolution], ({ of, isGiven }) =>
    when(
      isGiven(extraResourcesResolution) && of(extraResourcesResolution) < of(metricResolution),
      `--extra-resources-resolution (${formatGoDuration(of(extraResourcesResolution))}) must be at least --metric-resolution (${formatGoDuration(of(metricResolution))})`,
    ),
  ),
  rule([extraResources, kubeletClient.metricsSource], ({ of }) =>
    when(
      of(extraResources).length > 0 && of(kubeletClient.metricsSource) === 'resource',
      `--extra-resources needs the Summary, which --kubelet-metrics-source=resource does not scrape: drop one of the two`,
    ),
  ),
]

const exclusive = (a: Flag<boolean> | Flag<string>, b: Flag<boolean>): Rule =>
  rule([a, b], ({ of }) =>
    when(Boolean(of<boolean | string>(a)) && of(b), `cannot use both --${a.name} and --${b.name}`),
  )

const together = (a: Flag<string>, b: Flag<string>): Rule =>
  rule([a, b], ({ of }) => when((of(a) === '') !== (of(b) === ''), `need both --${a.name} and --${b.name}`))

/** kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/kubelet_client.go: Validate. */
const KUBELET_TLS: readonly Rule[] = [
  exclusive(caFile, insecureTls),
  exclusive(clientKeyFile, completelyInsecure),
  exclusive(clientCertFile, completelyInsecure),
  exclusive(insecureTls, completelyInsecure),
  exclusive(caFile, completelyInsecure),
  together(clientKeyFile, clientCertFile),
]

const ADDRESS_TYPES: Rule = rule([kubeletClient.preferredAddressTypes], ({ of }) => {
  const { name, default: known } = kubeletClient.preferredAddressTypes
  const given = of(kubeletClient.preferredAddressTypes)
  return [
    ...when(given.length === 0, `--${name} must name at least one type of address`),
    ...unknownOf(
      kubeletClient.preferredAddressTypes,
      given.filter((type) => !known.includes(type)),
      known,
    ),
  ]
})

const knowsAll = (suites: readonly string[]): boolean => chooseCiphers(suites).unknown.length === 0

/** kubernetes/apiserver, pkg/server/options/serving.go; for HTTP/2 pkg/server/secure_serving.go. */
const SERVING: readonly Rule[] = [
  rule([cipherSuites], ({ of }) => {
    const suites = of(cipherSuites)
    const { unknown, unavailable } = chooseCiphers(suites)
    return [
      ...unknownOf(cipherSuites, unknown, CIPHER_SUITE_NAMES),
      ...when(
        suites.length > 0 && unavailable.length === suites.length,
        `--${cipherSuites.name} has no suite that can be used: ${unavailable.join(', ')}`,
      ),
    ]
  }),
  rule([cipherSuites, disableHttp2, minVersion], ({ of }) => {
    const isHttp2BelowTls13 = !of(disableHttp2) && of(minVersion) !== 'VersionTLS13'
    return when(
      isHttp2BelowTls13 && knowsAll(of(cipherSuites)) && !allowHttp2(of(cipherSuites)),
      `--${cipherSuites.name} lacks TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which HTTP/2 requires: add one or set --${disableHttp2.name}`,
    )
  }),
  together(certFile, keyFile),
  rule([curvePreferences], ({ of }) => {
    const { problem } = chooseCurves(of(curvePreferences))
    return problem === undefined ? [] : [`--${curvePreferences.name} ${problem}`]
  }),
]

/** kubernetes/component-base, logs/api/v1/options.go: Validate. */
const LOGGING: Rule = rule([logging.format, logging.vmodule], ({ of }) =>
  when(
    of(logging.format) !== 'text' && of(logging.vmodule).length > 0,
    '--vmodule can be used with --logging-format=text only',
  ),
)

const RULES: readonly Rule[] = [...RESOLUTION, ...EXTRA, ...KUBELET_TLS, ADDRESS_TYPES, ...SERVING, LOGGING]

/** What is wrong with the flags taken together, as far as their values are known. */
export const brokenRules = (values: Values, refused: ReadonlySet<AnyFlag>): string[] =>
  RULES.filter(({ about }) => !about.some((flag) => refused.has(flag))).flatMap(({ broken }) => broken(values))

const {
  requestHeaderCaFile,
  requestHeaderAllowedNames: names,
  requestHeaderUsernameHeaders: users,
  requestHeaderUidHeaders: uids,
  requestHeaderGroupHeaders: groups,
  requestHeaderExtraHeaderPrefixes: extras,
} = authentication

/** kubernetes/apiserver, pkg/server/options/authentication.go: what API servers send. */
const STANDARDS = [
  [users, 'X-Remote-User'],
  [groups, 'X-Remote-Group'],
  [extras, 'X-Remote-Extra-'],
] as const

/** No more unexpected arguments are named. */
const MAX_NAMED = 5

/** What is allowed but probably a mistake: a line each. `unexpected`: arguments that are no flags. */
export function warningsAbout(values: Values, unexpected: readonly string[]): string[] {
  return [...ofUnexpected(unexpected), ...ofHeaders(values), ...ofTls(values)]
}

/** The Go server ignores them (cobra, args.go, legacyArgs); templates leave empty ones behind. */
function ofUnexpected(unexpected: readonly string[]): string[] {
  if (unexpected.length === 0) return []
  const named = unexpected.slice(0, MAX_NAMED).map(quoted).join(', ')
  const more = unexpected.length > MAX_NAMED ? ` and ${unexpected.length - MAX_NAMED} more` : ''
  const isBoolean = unexpected.some((argument) => argument === 'true' || argument === 'false')
  const advice = isBoolean ? ' (a boolean takes its value after =, as in --kubelet-insecure-tls=false)' : ''
  return [`arguments that are no flags are ignored: ${named}${more}${advice}`]
}

function ofHeaders({ of, isGiven }: Values): string[] {
  const lacking = STANDARDS.filter(([flag, standard]) => {
    const headers = of(flag).map((header) => header.toLowerCase())
    return headers.length > 0 && !headers.includes(standard.toLowerCase())
  })
  const warnings = lacking.map(
    ([flag, standard]) => `--${flag.name} lacks the standard ${standard}: API aggregation will not work`,
  )
  const idle = [users, groups, extras, names, uids].filter((flag) => isGiven(flag)).map((flag) => `--${flag.name}`)
  if (idle.length > 0 && of(requestHeaderCaFile) === '') {
    warnings.push(`${idle.join(', ')}: without --${requestHeaderCaFile.name} the cluster's configuration holds instead`)
  }
  return warnings
}

function ofTls({ of }: Values): string[] {
  const { unavailable } = chooseCiphers(of(cipherSuites))
  const isOld = ['VersionTLS10', 'VersionTLS11'].includes(of(minVersion))
  return [
    ...(isOld ? [`--${minVersion.name}: TLS 1.2 is the oldest version that is served`] : []),
    ...unavailable.map((name) => `--${cipherSuites.name}: ${name} is not available and left out`),
  ]
}
