import { load, YAMLException } from 'js-yaml'
import { list, member, text } from '../json-value.ts'
import { ApiserverCredentialsError } from './apiserver-credentials.ts'

/** The cluster and the user that a kubeconfig's current context names, as the file has them. */
export interface KubeconfigEntry {
  readonly cluster: KubeconfigPart
  readonly user: KubeconfigPart
}

/** One cluster or user of a kubeconfig: fields are read by name, and errors say which entry they are in. */
export interface KubeconfigPart {
  readonly name: string
  /** For people: the kubeconfig, its context, and which entry this is. */
  readonly where: string
  /** The value of a field, `undefined` when it is not there. */
  raw(field: string): unknown
  /**
   * A text field, `undefined` when it is absent or empty. @throws ApiserverCredentialsError when it is something else.
   */
  text(field: string): string | undefined
  /** A field of base64, decoded. @throws ApiserverCredentialsError when it is not base64. */
  base64(field: string): string | undefined
  fail(problem: string): ApiserverCredentialsError
}

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

function parseYaml(content: string, path: string): unknown {
  try {
    return load(content)
  } catch (error) {
    // Neither the message nor the cause: both quote the lines around the fault, and those may hold a token or a key.
    const reason = error instanceof YAMLException ? error.reason : 'it cannot be read'
    throw new ApiserverCredentialsError(`kubeconfig ${path}: not valid YAML: ${reason}`)
  }
}

function createPart(where: string, name: string, value: unknown): KubeconfigPart {
  const fail = (problem: string) => new ApiserverCredentialsError(`${where}: ${problem}`)
  const readText = (field: string) => {
    const found = member(value, field)
    if (found === undefined || found === null || found === '') return undefined
    if (typeof found !== 'string') throw fail(`${field} must be a string (quote it)`)
    return found
  }
  return {
    name,
    where,
    fail,
    raw: (field) => member(value, field) ?? undefined,
    text: readText,
    base64(field) {
      const encoded = readText(field)
      if (encoded === undefined) return undefined
      if (!BASE64.test(encoded)) throw fail(`${field} is not base64`)
      return Buffer.from(encoded, 'base64').toString('utf8')
    },
  }
}

/**
 * Reads a kubeconfig (client-go, tools/clientcmd/api/v1/types.go) and picks what its current context names.
 * @throws ApiserverCredentialsError that names the file and the entry; no value of the file is quoted.
 */
export function readKubeconfig(content: string, path: string): KubeconfigEntry {
  const config = parseYaml(content, path)
  const contextName = text(member(config, 'current-context'))
  if (contextName === undefined) throw new ApiserverCredentialsError(`kubeconfig ${path}: current-context is not set`)
  const find = (section: 'contexts' | 'clusters' | 'users', kind: string, name: string) => {
    const entry = list(member(config, section)).find((candidate) => member(candidate, 'name') === name)
    const where = `kubeconfig ${path}, context ${JSON.stringify(contextName)}`
    if (entry === undefined)
      throw new ApiserverCredentialsError(`${where}: there is no ${kind} ${JSON.stringify(name)}`)
    return createPart(`${where}, ${kind} ${JSON.stringify(name)}`, name, member(entry, kind))
  }
  const context = find('contexts', 'context', contextName)
  const clusterName = context.text('cluster')
  const userName = context.text('user')
  if (clusterName === undefined) throw context.fail('cluster is not set')
  const cluster = find('clusters', 'cluster', clusterName)
  // A context without a user is one that needs none, such as the local end of `kubectl proxy`.
  return { cluster, user: userName === undefined ? createPart('', '', undefined) : find('users', 'user', userName) }
}
