import { goQuote } from '../../kubernetes/go-quote.ts'
import { ApiError, badRequest, expired } from '../status.ts'
import type { ListOptions } from './list-options.ts'

/** A place in the order of lists, by namespace and then by name: before the first object that does not come before it. */
export interface ListPosition {
  /** Empty for nodes. */
  readonly namespace: string
  readonly name: string
}

/** The list that a token belongs to. */
export interface ListScope {
  readonly resource: 'nodes' | 'pods'
  /** Empty for all of them. */
  readonly namespace: string
}

/** A part of a list. */
export interface PageRequest {
  readonly scope: ListScope
  /** The most objects that it may have; Infinity for all the rest. */
  readonly limit: number
  /** `undefined` for the start of the list. */
  readonly from: ListPosition | undefined
}

/** Longer than a token of the longest namespace and name, which have 63 and 253 bytes. */
const MOST_BYTES = 2048
const VERSION = 'meta.k8s.io/v1'
/** What kube-apiserver writes where a list is continued in the present state. No other state is kept here. */
const PRESENT = -1
/** In the words of etcd3/errors.go, for a state that is no longer kept. */
const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'

/** Every list has its own, so that a token of another one is refused. */
const keyPrefix = ({ resource, namespace }: ListScope): string =>
  namespace === '' ? `metrics.k8s.io/${resource}/` : `metrics.k8s.io/namespaces/${namespace}/${resource}/`

const isInNamespaces = ({ resource, namespace }: ListScope): boolean => resource === 'pods' && namespace === ''

/** The position just after an object. */
export const positionAfter = ({ namespace = '', name }: { namespace?: string; name: string }): ListPosition => ({
  namespace,
  name: `${name}\0`,
})

/**
 * A position as kube-apiserver writes it into `metadata.continue` (apiserver, pkg/storage/continue.go). It is all that is
 * needed to continue, by any replica.
 */
export function encodeContinue(scope: ListScope, { namespace, name }: ListPosition): string {
  const start = keyPrefix(scope) + (isInNamespaces(scope) ? `${namespace}/${name}` : name)
  return Buffer.from(JSON.stringify({ v: VERSION, rv: PRESENT, start })).toString('base64url')
}

const invalid = (why: string): ApiError =>
  new ApiError(badRequest(`invalid continue token: continue key is not valid${why}`))

/** The bytes of base64 without padding, with the rules and the words of Go's encoding/base64, which skips line ends. */
function decodeBase64(text: string): Buffer {
  const illegal = (at: number) => invalid(`: illegal base64 data at input byte ${at}`)
  const at = text.search(/[^\w\r\n-]/)
  if (at >= 0) throw illegal(at)
  if (text.replace(/[\r\n]/g, '').length % 4 === 1) throw illegal(text.length - 1)
  return Buffer.from(text, 'base64url')
}

/** What Go says of the commonest texts that are no JSON: other bytes, and a token that was cut. */
function syntaxProblem(bytes: Buffer): string {
  const text = bytes.toString('latin1').replace(/^[\t\n\r ]+/, '')
  if (/^[^{["\-\dtfn]/.test(text)) {
    const quoted = goQuote(text.charAt(0)).slice(1, -1).replace("'", "\\'")
    return `invalid character '${quoted}' looking for beginning of value`
  }
  return text.trimEnd().endsWith('}') ? 'invalid JSON' : 'unexpected end of JSON input'
}

function decodeJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw invalid(`: ${syntaxProblem(bytes)}`)
  }
}

function goKind(value: unknown): string {
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? 'array' : typeof value
}

/** A member of the token in its Go type; absent and null are Go's zero values. */
function member<T extends string | number>(
  token: object,
  name: string,
  zero: T,
  isOne: (value: unknown) => boolean,
): T {
  const value: unknown = Object.hasOwn(token, name) ? Reflect.get(token, name) : undefined
  if (value === undefined || value === null) return zero
  if (isOne(value)) return value as T
  const type = typeof zero === 'number' ? 'int64' : 'string'
  const given = type === 'int64' && typeof value === 'number' ? `number ${value}` : goKind(value)
  throw invalid(`: json: cannot unmarshal ${given} into Go struct field continueToken.${name} of type ${type}`)
}

function startOf(text: string): string {
  if (text.length > MOST_BYTES) throw invalid(`: it has more than ${MOST_BYTES} bytes`)
  const json = decodeJson(decodeBase64(text)) ?? {}
  if (typeof json !== 'object' || Array.isArray(json)) {
    throw invalid(`: json: cannot unmarshal ${goKind(json)} into Go value of type storage.continueToken`)
  }
  const isText = (value: unknown) => typeof value === 'string'
  const version = member<string>(json, 'v', '', isText)
  const resourceVersion = member<number>(json, 'rv', 0, Number.isSafeInteger)
  const start = member<string>(json, 'start', '', isText)
  if (version !== VERSION) throw invalid(`: server does not recognize this encoded version ${version}`)
  if (resourceVersion === 0) throw invalid(`: incorrect encoded start resourceVersion (version ${VERSION})`)
  if (start === '') throw invalid(`: encoded start key empty (version ${VERSION})`)
  // A path that leads elsewhere is no key, whatever state it is of.
  if (/(^|\/)\.{1,2}(\/|$)|\/\/|.\/$/s.test(start)) throw invalid(`: ${start}`)
  if (resourceVersion > 0) throw new ApiError(expired(TOO_OLD))
  return start
}

/**
 * Reads what {@link encodeContinue} wrote for the same list. Nothing else is accepted: whoever makes a token up may at best
 * choose where a list begins that they may read anyway.
 * @throws ApiError with the apiserver's words: 400, or 410 for a token of kube-apiserver, which names a state of its own.
 */
export function decodeContinue(scope: ListScope, text: string): ListPosition {
  const start = startOf(text)
  const prefix = keyPrefix(scope)
  const key = start.startsWith(prefix) ? start.slice(prefix.length) : ''
  const parts = key.split('/')
  const [namespace, name] = isInNamespaces(scope) ? [parts[0], parts[1]] : [scope.namespace, parts[0]]
  if (namespace !== undefined && name) {
    const position = { namespace, name }
    // That it would be written in the same way holds the rest: no further parts, no other version, nothing beside the key.
    if (encodeContinue(scope, position) === text) return position
  }
  throw invalid(`: ${start}`)
}

/**
 * The part of a list that `limit` and `continue` ask for; `undefined` for a whole list.
 * @throws ApiError 400 or 410, see {@link decodeContinue}.
 */
export function pageRequest(options: ListOptions, scope: ListScope): PageRequest | undefined {
  const { limit, continue: token, resourceVersion } = options
  if (token === '') return limit > 0 ? { scope, limit, from: undefined } : undefined
  const from = decodeContinue(scope, token)
  if (resourceVersion !== '' && resourceVersion !== '0') {
    throw new ApiError(badRequest('specifying resource version is not allowed when using continue'))
  }
  return { scope, limit: limit > 0 ? limit : Number.POSITIVE_INFINITY, from }
}
