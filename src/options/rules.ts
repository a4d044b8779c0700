import { formatGoDuration } from '../model/duration.ts'
import { allowHttp2, CIPHER_SUITE_NAMES, chooseCiphers, chooseCurves } from './cipher-suites.ts'
import { type AnyFlag, type Flag, quoted, type Values } from './flag.ts'
import { kubeletClient } from './flags/kubelet-client.ts'
import { logging } from './flags/logging.ts'
import { metricsServer } from './flags/metrics-server.ts'
import { secureServing } from './flags/secure-serving.ts'
import { nearest } from './nearest.ts'

/** A rule over several flags. */
interface Rule {
  /** The flags that it is about: it is not asked while the value of one of them is not known. */
  readonly about: readonly AnyFlag[]
  /** A problem each time that it is broken. */
  broken(values: Values): readonly string[]
}

const when = (isBroken: boolean, problem: string): string[] => (isBroken ? [problem] : [])

const hint = (wrong: string, words: readonly string[]): string => {
  const meant = nearest(wrong, words)
  return meant === undefined ? '' : ` (did you mean ${meant}?)`
}

const { metricResolution, sampleRetention } = metricsServer
const { insecureTls, completelyInsecure, caFile, clientCertFile, clientKeyFile, requestTimeout } = kubeletClient
const { certFile, keyFile, cipherSuites, curvePreferences, disableHttp2, minVersion } = secureServing

/** kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/options.go: validate. */
const resolution: Rule = {
  about: [metricResolution, requestTimeout],
  broken({ of }) {
    const shown = formatGoDuration(of(metricResolution))
    const timeoutMs = of(requestTimeout)
    return [
      ...when(of(metricResolution) < 10_000, `--metric-resolution must be at least 10s, not ${shown}`),
      ...when(
        (of(metricResolution) * 9) / 10 < timeoutMs,
        `--kubelet-request-timeout (${formatGoDuration(timeoutMs)}) must be at most nine tenths of --metric-resolution (${shown})`,
      ),
    ]
  },
}

/** Ours: what is served must live until the next sample. */
const retention: Rule = {
  about: [metricResolution, sampleRetention],
  broken({ of }) {
    const retentionMs = of(sampleRetention)
    return when(
      retentionMs !== 0 && retentionMs < of(metricResolution),
      `--sample-retention (${formatGoDuration(retentionMs)}) must be at least --metric-resolution (${formatGoDuration(of(metricResolution))})`,
    )
  },
}

/** kubernetes-sigs/metrics-server, cmd/metrics-server/app/options/kubelet_client.go: Validate. */
const kubeletTls: Rule = {
  about: [insecureTls, completelyInsecure, caFile, clientCertFile, clientKeyFile],
  broken({ of }) {
    const isOn = (flag: Flag<boolean> | Flag<string>): boolean => Boolean(of<boolean | string>(flag))
    const exclusive = [
      [caFile, insecureTls],
      [clientKeyFile, completelyInsecure],
      [clientCertFile, completelyInsecure],
      [insecureTls, completelyInsecure],
      [caFile, completelyInsecure],
    ] as const
    const halves = isOn(clientKeyFile) !== isOn(clientCertFile)
    return [
      ...exclusive.flatMap(([a, b]) => when(isOn(a) && isOn(b), `cannot use both --${a.name} and --${b.name}`)),
      ...when(halves, `need both --${clientKeyFile.name} and --${clientCertFile.name}`),
    ]
  },
}

const addressTypes: Rule = {
  about: [kubeletClient.preferredAddressTypes],
  broken({ of }) {
    const { name, default: known } = kubeletClient.preferredAddressTypes
    const given = of(kubeletClient.preferredAddressTypes)
    const wrong = given.filter((type) => !known.includes(type))
    return [
      ...when(given.length === 0, `--${name} must name at least one type of address`),
      ...wrong.map((type) => `--${name} knows no ${quoted(type)}${hint(type, known)}`),
    ]
  },
}

/** kubernetes/apiserver, pkg/server/options/serving.go; for HTTP/2 pkg/server/secure_serving.go. */
const ciphers: Rule = {
  about: [cipherSuites, disableHttp2, minVersion],
  broken({ of }) {
    const suites = of(cipherSuites)
    const { unknown, unavailable } = chooseCiphers(suites)
    if (unknown.length > 0) {
      return unknown.map((name) => `--${cipherSuites.name} knows no ${quoted(name)}${hint(name, CIPHER_SUITE_NAMES)}`)
    }
    const isHttp2BelowTls13 = !of(disableHttp2) && of(minVersion) !== 'VersionTLS13'
    return [
      ...when(
        suites.length > 0 && unavailable.length === suites.length,
        `--${cipherSuites.name} has no suite that can be used: ${unavailable.join(', ')}`,
      ),
      ...when(
        isHttp2BelowTls13 && !allowHttp2(suites),
        `--${cipherSuites.name} lacks TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which HTTP/2 requires: add one or set --${disableHttp2.name}`,
      ),
    ]
  },
}

const servingFiles: Rule = {
  about: [certFile, keyFile, curvePreferences],
  broken({ of }) {
    const curves = chooseCurves(of(curvePreferences))
    return [
      ...when((of(certFile) === '') !== (of(keyFile) === ''), `need both --${certFile.name} and --${keyFile.name}`),
      ...when(curves.problem !== undefined, `--${curvePreferences.name} ${curves.problem}`),
    ]
  },
}

/** kubernetes/component-base, logs/api/v1/options.go: Validate. */
const loggingFormat: Rule = {
  about: [logging.format, logging.vmodule],
  broken: ({ of }) =>
    when(
      of(logging.format) !== 'text' && of(logging.vmodule).length > 0,
      '--vmodule can be used with --logging-format=text only',
    ),
}

const RULES: readonly Rule[] = [resolution, retention, kubeletTls, addressTypes, ciphers, servingFiles, loggingFormat]

/** What is wrong with the flags taken together, as far as their values are known. */
export const brokenRules = (values: Values, refused: ReadonlySet<AnyFlag>): string[] =>
  RULES.filter((rule) => !rule.about.some((flag) => refused.has(flag))).flatMap((rule) => rule.broken(values))
