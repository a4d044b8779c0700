import type { AccessQuestion } from '../../src/model/identity.ts'
import { selectedName } from './selectors.ts'

/** What a request is about (k8s.io/apiserver, pkg/endpoints/request/requestinfo.go). */
export interface RequestInfo {
  readonly url: URL
  readonly verb: string
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** A path that names no resource: discovery, probes. */
  readonly isPath: boolean
}

const VERBS = new Map([
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

export function readRequest(method: string, target: string): RequestInfo {
  const url = new URL(target, 'https://apiserver')
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const isCore = parts[0] === 'api'
  const rest = parts.slice(isCore ? 2 : 3)
  const found = { url, group: isCore ? '' : (parts[1] ?? ''), version: (isCore ? parts[1] : parts[2]) ?? '' }
  if ((!isCore && parts[0] !== 'apis') || rest.length === 0)
    return {
      ...found,
      verb: method.toLowerCase(),
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      isPath: true,
    }
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2
  const namespace = rest[0] === 'namespaces' ? (rest[1] ?? '') : ''
  const [resource = '', inPath = '', subresource = ''] = inNamespace ? rest.slice(2) : rest
  const name = inPath || selectedName(url.searchParams.get('fieldSelector') ?? '')
  const watches = /^(1|true)$/.test(url.searchParams.get('watch') ?? '')
  const read = inPath !== '' ? 'get' : watches ? 'watch' : 'list'
  return { ...found, verb: VERBS.get(method) ?? read, resource, subresource, namespace, name, isPath: false }
}

export function questionOf(info: RequestInfo): AccessQuestion {
  if (info.isPath) return { kind: 'path', verb: info.verb, path: info.url.pathname }
  const { verb, group, version, resource, subresource, namespace, name } = info
  return { kind: 'resource', verb, group, version, resource, subresource, namespace, name }
}
