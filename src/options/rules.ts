import { formatGoDuration } from '../model/duration.ts'
import { allowHttp2, CIPHER_SUITE_NAMES, chooseCiphers, chooseCurves } from './cipher-suites.ts'
import { quoted, type Values } from './flag.ts'
import { authentication } from './flags/authentication.ts'
import { kubeletClient } from './flags/kubelet-client.ts'
import { logging } from './flags/logging.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { secureServing } from './flags/secure-serving.ts'
import { nearest } from './nearest.ts'

/** A rule over several flags: a problem each time that it is broken. */
type Rule = (values: Values) => readonly string[]

const when = (broken: boolean, problem: string): string[] => (broken ? [problem] : [])

/** kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/options.go: validate. The last one is ours. */
const resolution: Rule = (values) => {
  const resolutionMs = values.of(metricsServer.metricResolution)
  const timeoutMs = values.of(kubeletClient.requestTimeout)
  const retentionMs = values.of(metricsServer.sampleRetention)
  const shown = formatGoDuration(resolutionMs)
  return [
    ...when(resolutionMs < 10_000, `--metric-resolution must be at least 10s, not ${shown}`),
    ...when(
      (resolutionMs * 9) / 10 < timeoutMs,
      `--kubelet-request-timeout (${formatGoDuration(timeoutMs)}) must be at most nine tenths of --metric-resolution (${shown})`,
    ),
    ...when(
      values.isGiven(metricsServer.sampleRetention) && retentionMs !== 0 && retentionMs < resolutionMs,
      `--sample-retention (${formatGoDuration(retentionMs)}) must be at least --metric-resolution (${shown})`,
    ),
  ]
}

/** The same, kubelet_client.go: Validate. */
const kubeletTls: Rule = (values) => {
  const { insecureTls, completelyInsecure, caFile, clientCertFile, clientKeyFile } = kubeletClient
  const isOn = (flag: typeof insecureTls | typeof caFile): boolean => Boolean(values.of<boolean | string>(flag))
  const exclusive = [
    [caFile, insecureTls],
    [clientKeyFile, completelyInsecure],
    [clientCertFile, completelyInsecure],
    [insecureTls, completelyInsecure],
    [caFile, completelyInsecure],
  ] as const
  return [
    ...exclusive.flatMap(([a, b]) => when(isOn(a) && isOn(b), `cannot use both --${a.name} and --${b.name}`)),
    ...when(
      isOn(clientKeyFile) !== isOn(clientCertFile),
      `need both --${clientKeyFile.name} and --${clientCertFile.name}`,
    ),
  ]
}

const addressTypes: Rule = (values) => {
  const flag = kubeletClient.preferredAddressTypes
  const given = values.of(flag)
  const wrong = given.filter((type) => !flag.default.includes(type))
  return [
    ...when(given.length === 0, `--${flag.name} must name at least one type of address`),
    ...wrong.map((type) => {
      const meant = nearest(type, flag.default)
      return `--${flag.name} knows no ${quoted(type)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`
    }),
  ]
}

/** kubernetes/apiserver, pkg/server/options/serving.go and pkg/server/secure_serving.go. */
const servingTls: Rule = (values) => {
  const { certFile, keyFile, cipherSuites, curvePreferences, disableHttp2, minVersion } = secureServing
  const suites = values.of(cipherSuites)
  const choice = chooseCiphers(suites)
  const curves = chooseCurves(values.of(curvePreferences))
  const unusable = suites.length > 0 && choice.unknown.length === 0 && choice.unavailable.length === suites.length
  const http2 = !values.of(disableHttp2) && values.of(minVersion) !== 'VersionTLS13'
  return [
    ...when(
      (values.of(certFile) === '') !== (values.of(keyFile) === ''),
      `need both --${certFile.name} and --${keyFile.name}`,
    ),
    ...choice.unknown.map((name) => {
      const meant = nearest(name, CIPHER_SUITE_NAMES)
      return `--${cipherSuites.name} knows no ${quoted(name)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`
    }),
    ...when(unusable, `--${cipherSuites.name} has no suite that can be used: ${choice.unavailable.join(', ')}`),
    ...when(
      http2 && choice.unknown.length === 0 && !allowHttp2(suites),
      `--${cipherSuites.name} lacks TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which HTTP/2 requires: add one or set --${disableHttp2.name}`,
    ),
    ...when(curves.problem !== undefined, `--${curvePreferences.name} ${curves.problem}`),
  ]
}

/** kubernetes/component-base, logs/api/v1/options.go: Validate. */
const loggingFormat: Rule = (values) =>
  when(
    values.of(logging.format) !== 'text' && values.of(logging.vmodule).length > 0,
    '--vmodule can be used with --logging-format=text only',
  )

const RULES: readonly Rule[] = [resolution, kubeletTls, addressTypes, servingTls, loggingFormat]

/** What is wrong with the flags taken together. */
export const brokenRules = (values: Values): string[] => RULES.flatMap((rule) => rule(values))

/** What is odd but allowed, as the Go server warns of it or silently does otherwise. */
export function oddities(values: Values): string[] {
  const { requestHeaderCaFile, ...headers } = authentication
  const { requestHeaderUsernameHeaders: users, requestHeaderGroupHeaders: groups } = headers
  const { requestHeaderExtraHeaderPrefixes: extras, requestHeaderAllowedNames: names } = headers
  const standards = [
    [users, 'X-Remote-User'],
    [groups, 'X-Remote-Group'],
    [extras, 'X-Remote-Extra-'],
  ] as const
  const lacking = standards.filter(([flag, standard]) => {
    const value = values.of(flag)
    return value.length > 0 && !value.some((header) => header.toLowerCase() === standard.toLowerCase())
  })
  const idle = [users, groups, extras, names, headers.requestHeaderUidHeaders].filter((flag) => values.isGiven(flag))
  const oldTls = ['VersionTLS10', 'VersionTLS11'].includes(values.of(secureServing.minVersion))
  const { unavailable } = chooseCiphers(values.of(secureServing.cipherSuites))
  return [
    ...lacking.map(
      ([flag, standard]) => `--${flag.name} lacks the standard ${standard}: API aggregation will not work`,
    ),
    ...when(
      idle.length > 0 && values.of(requestHeaderCaFile) === '',
      `${idle.map((flag) => `--${flag.name}`).join(', ')}: without --${requestHeaderCaFile.name} the cluster's configuration holds instead`,
    ),
    ...when(oldTls, `--${secureServing.minVersion.name}: TLS 1.2 is the oldest version that is served`),
    ...unavailable.map((name) => `--${secureServing.cipherSuites.name}: ${name} is not available and left out`),
  ]
}
