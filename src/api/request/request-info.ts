import type { AccessQuestion } from '../../model/identity.ts'
import { booleanValue, firstValue, type Query, splitPath } from './request-target.ts'

/** What a request asks for, found from its method, path and query alone: the question put to the authorizer. */
export type RequestInfo = AccessQuestion

/** A path that cannot be understood. Go's server answers 500 with this text, before authentication. */
export class RequestInfoError extends Error {
  override readonly name = 'RequestInfoError'
}

/** Gives the object name that a field selector demands (`metadata.name=x`), if it demands one and can be read. */
export type RequiredName = (fieldSelector: string) => string | undefined

const VERBS = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])
const isVerbPrefix = (part: string | undefined): part is 'proxy' | 'watch' => part === 'proxy' || part === 'watch'
const isNamespaceSubresource = (part: string | undefined) => part === 'status' || part === 'finalize'

/**
 * A resource's group and version and the rest of its path; `undefined` for a path of no resource. Paths below /api have
 * no group; none is served here, but the authorizer is asked about them like about those of kube-apiserver (apiserver,
 * pkg/server/config.go: LegacyAPIGroupPrefixes).
 */
function resourceParts(parts: readonly string[]): { group: string; version: string; rest: string[] } | undefined {
  const [prefix, ...below] = parts
  const groups = prefix === 'apis' ? 1 : 0
  if ((prefix !== 'apis' && prefix !== 'api') || below.length < groups + 2) return undefined
  return { group: groups === 1 ? (below[0] ?? '') : '', version: below[groups] ?? '', rest: below.slice(groups + 1) }
}

/**
 * What a request asks for (apiserver, pkg/endpoints/request/requestinfo.go).
 * @throws RequestInfoError when the path stops after `watch` or `proxy`.
 */
export function requestInfo(
  method: string,
  path: string,
  rawTarget: string,
  query: Query,
  requiredName: RequiredName,
): RequestInfo {
  const parts = resourceParts(splitPath(path))
  if (parts === undefined) return { kind: 'path', verb: method.toLowerCase(), path }
  const { group, version } = parts
  let { rest } = parts
  let verb = VERBS.get(method) ?? ''
  if (isVerbPrefix(rest[0])) {
    verb = rest[0]
    rest = rest.slice(1)
    if (rest.length === 0) {
      throw new RequestInfoError(`unable to determine kind and namespace from url, ${rawTarget}`)
    }
  }
  const namespace = rest[0] === 'namespaces' ? (rest[1] ?? '') : ''
  if (rest[0] === 'namespaces' && rest.length > 2 && !isNamespaceSubresource(rest[2])) rest = rest.slice(2)
  const [resource = '', named = ''] = rest
  // What stands under proxy/ has no subresource: the rest of the path is the proxied one.
  const subresource = verb === 'proxy' ? '' : (rest[2] ?? '')
  const question = { kind: 'resource', group, version, resource, subresource, namespace } as const
  if (named !== '') return { ...question, verb, name: named }
  if (verb === 'delete') return { ...question, verb: 'deletecollection', name: '' }
  if (verb !== 'get') return { ...question, verb, name: '' }
  const listVerb = booleanValue(query, 'watch') ? 'watch' : 'list'
  return { ...question, verb: listVerb, name: nameFromSelector(query, requiredName) }
}

function nameFromSelector(query: Query, requiredName: RequiredName): string {
  const selector = firstValue(query, 'fieldSelector')
  if (selector === undefined || selector === '') return ''
  const name = requiredName(selector) ?? ''
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name
}
