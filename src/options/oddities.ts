import { chooseCiphers } from './cipher-suites.ts'
import type { Values } from './flag.ts'
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

/** What is allowed but probably not what was meant: a line each. */
export function oddities(values: Values): string[] {
  return [...ofHeaders(values), ...ofTls(values)]
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
