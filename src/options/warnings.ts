import { chooseCiphers } from './cipher-suites.ts'
import { quoted, type Values } from './flag.ts'
import { authentication } from './flags/authentication.ts'
import { secureServing } from './flags/secure-serving.ts'

const { cipherSuites, minVersion } = secureServing
const {
  requestHeaderCaFile: caFile,
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

/** What is allowed but probably not what was meant: a line each. `unexpected`: arguments that are no flags. */
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
  if (idle.length > 0 && of(caFile) === '') {
    warnings.push(`${idle.join(', ')}: without --${caFile.name} the cluster's configuration holds instead`)
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
