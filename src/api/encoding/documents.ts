import type { Encoded } from '../answer.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { KubernetesStatus, StatusDetails } from '../status.ts'
import { enveloped } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { encodeText, jsonText, PROTOBUF } from './text.ts'

/**
 * How a field of a Kubernetes message is written. gogo-generated code writes `string`, `number`, `flag` and `one` always,
 * `optional` (a pointer in Go) when it is there, `strings` and `many` as often as there are items.
 */
export type FieldRule =
  | { readonly as: 'string' | 'strings' | 'number' | 'flag' }
  | { readonly as: 'one' | 'optional' | 'many'; readonly message: MessageShape }
  /** A Go slice that is a message of its own: the strings are its field 1 (`Verbs`). */
  | { readonly as: 'wrapped' }

/** The fields of a message in the order of their numbers. Names are those of the JSON. */
export type MessageShape = readonly (readonly [field: number, name: string, rule: FieldRule])[]

const STRING: FieldRule = { as: 'string' }
const STRINGS: FieldRule = { as: 'strings' }
const NUMBER: FieldRule = { as: 'number' }
const FLAG: FieldRule = { as: 'flag' }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const memberOf = (value: unknown, name: string): unknown => (isObject(value) ? Reflect.get(value, name) : undefined)

function writeStrings(writer: ReverseWriter, field: number, value: unknown): void {
  for (const item of itemsOf(value).toReversed()) writer.string(field, textOf(item))
}

function writeNested(writer: ReverseWriter, field: number, message: MessageShape, value: unknown): void {
  const end = writer.length
  writeMessage(writer, message, value)
  writer.message(field, end)
}

function writeWrapped(writer: ReverseWriter, field: number, value: unknown): void {
  if (!Array.isArray(value)) return
  const end = writer.length
  writeStrings(writer, 1, value)
  writer.message(field, end)
}

function writeField(writer: ReverseWriter, field: number, rule: FieldRule, value: unknown): void {
  switch (rule.as) {
    case 'string':
      writer.string(field, textOf(value))
      break
    case 'strings':
      writeStrings(writer, field, value)
      break
    case 'number':
      writer.number(field, typeof value === 'number' ? value : 0)
      break
    case 'flag':
      writer.number(field, value === true ? 1 : 0)
      break
    case 'wrapped':
      writeWrapped(writer, field, value)
      break
    case 'one':
      writeNested(writer, field, rule.message, value)
      break
    case 'optional':
      if (isObject(value)) writeNested(writer, field, rule.message, value)
      break
    case 'many':
      for (const item of itemsOf(value).toReversed()) writeNested(writer, field, rule.message, item)
  }
}

/** Writes the fields of `value`, an object in the form of its JSON, as `shape` tells. */
function writeMessage(writer: ReverseWriter, shape: MessageShape, value: unknown): void {
  for (const [field, name, rule] of shape.toReversed()) writeField(writer, field, rule, memberOf(value, name))
}

// Field numbers of k8s.io/apimachinery pkg/apis/meta/v1/generated.proto and k8s.io/api apidiscovery/v2/generated.proto.

const LIST_META: MessageShape = [
  [1, 'selfLink', STRING],
  [2, 'resourceVersion', STRING],
  [3, 'continue', STRING],
]

/** Of a discovery document's group: nothing but the name is ever set, and the creation is Go's zero time. */
const GROUP_META: MessageShape = [
  [1, 'name', STRING],
  [2, 'generateName', STRING],
  [3, 'namespace', STRING],
  [4, 'selfLink', STRING],
  [5, 'uid', STRING],
  [6, 'resourceVersion', STRING],
  [7, 'generation', NUMBER],
  [8, 'creationTimestamp', { as: 'one', message: [] }],
]

const STATUS_CAUSE: MessageShape = [
  [1, 'reason', STRING],
  [2, 'message', STRING],
  [3, 'field', STRING],
]

const STATUS_DETAILS: MessageShape = [
  [1, 'name', STRING],
  [2, 'group', STRING],
  [3, 'kind', STRING],
  [4, 'causes', { as: 'many', message: STATUS_CAUSE }],
  [5, 'retryAfterSeconds', NUMBER],
  [6, 'uid', STRING],
]

const STATUS: MessageShape = [
  [1, 'metadata', { as: 'one', message: LIST_META }],
  [2, 'status', STRING],
  [3, 'message', STRING],
  [4, 'reason', STRING],
  [5, 'details', { as: 'optional', message: STATUS_DETAILS }],
  [6, 'code', NUMBER],
]

const GROUP_VERSION: MessageShape = [
  [1, 'groupVersion', STRING],
  [2, 'version', STRING],
]

const SERVER_ADDRESS: MessageShape = [
  [1, 'clientCIDR', STRING],
  [2, 'serverAddress', STRING],
]

const API_GROUP: MessageShape = [
  [1, 'name', STRING],
  [2, 'versions', { as: 'many', message: GROUP_VERSION }],
  [3, 'preferredVersion', { as: 'one', message: GROUP_VERSION }],
  [4, 'serverAddressByClientCIDRs', { as: 'many', message: SERVER_ADDRESS }],
]

const API_GROUP_LIST: MessageShape = [[1, 'groups', { as: 'many', message: API_GROUP }]]

const API_RESOURCE: MessageShape = [
  [1, 'name', STRING],
  [2, 'namespaced', FLAG],
  [3, 'kind', STRING],
  [4, 'verbs', { as: 'wrapped' }],
  [5, 'shortNames', STRINGS],
  [6, 'singularName', STRING],
  [7, 'categories', STRINGS],
  [8, 'group', STRING],
  [9, 'version', STRING],
  [10, 'storageVersionHash', STRING],
]

const API_RESOURCE_LIST: MessageShape = [
  [1, 'groupVersion', STRING],
  [2, 'resources', { as: 'many', message: API_RESOURCE }],
]

const GROUP_VERSION_KIND: MessageShape = [
  [1, 'group', STRING],
  [2, 'version', STRING],
  [3, 'kind', STRING],
]

const SUBRESOURCE_DISCOVERY: MessageShape = [
  [1, 'subresource', STRING],
  [2, 'responseKind', { as: 'optional', message: GROUP_VERSION_KIND }],
  [3, 'acceptedTypes', { as: 'many', message: GROUP_VERSION_KIND }],
  [4, 'verbs', STRINGS],
]

const RESOURCE_DISCOVERY: MessageShape = [
  [1, 'resource', STRING],
  [2, 'responseKind', { as: 'optional', message: GROUP_VERSION_KIND }],
  [3, 'scope', STRING],
  [4, 'singularResource', STRING],
  [5, 'verbs', STRINGS],
  [6, 'shortNames', STRINGS],
  [7, 'categories', STRINGS],
  [8, 'subresources', { as: 'many', message: SUBRESOURCE_DISCOVERY }],
]

const VERSION_DISCOVERY: MessageShape = [
  [1, 'version', STRING],
  [2, 'resources', { as: 'many', message: RESOURCE_DISCOVERY }],
  [3, 'freshness', STRING],
]

const GROUP_DISCOVERY: MessageShape = [
  [1, 'metadata', { as: 'one', message: GROUP_META }],
  [2, 'versions', { as: 'many', message: VERSION_DISCOVERY }],
]

const API_GROUP_DISCOVERY_LIST: MessageShape = [
  [1, 'metadata', { as: 'one', message: LIST_META }],
  [2, 'items', { as: 'many', message: GROUP_DISCOVERY }],
]

export type DocumentKind = 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIGroupDiscoveryList'

/** A document in the form of its JSON; the order of its keys is kept. */
export interface ApiDocument {
  readonly kind: string
  /** Left out in the APIGroupList of `/apis`, as it always has been. */
  readonly apiVersion?: string
}

const SHAPES: Readonly<Record<DocumentKind, MessageShape>> = {
  APIGroup: API_GROUP,
  APIGroupList: API_GROUP_LIST,
  APIResourceList: API_RESOURCE_LIST,
  APIGroupDiscoveryList: API_GROUP_DISCOVERY_LIST,
}

function encode(document: ApiDocument, shape: MessageShape, media: Media): Encoded {
  if (media.format !== 'protobuf') return encodeText(Buffer.from(`${jsonText(document)}\n`), media)
  const writer = new ReverseWriter()
  writeMessage(writer, shape, document)
  const type = { apiVersion: document.apiVersion ?? '', kind: document.kind }
  return { contentType: PROTOBUF, body: enveloped(type, writer.bytes()) }
}

const kept = <T extends string | number>(value: T | undefined): T | undefined => (value ? value : undefined)

function detailsInGoOrder({ name, group, kind, causes = [], retryAfterSeconds }: StatusDetails): object {
  const written = causes.map(({ reason, message, field }) => ({
    reason: kept(reason),
    message: kept(message),
    field: kept(field),
  }))
  return {
    name: kept(name),
    group: kept(group),
    kind: kept(kind),
    causes: written.length === 0 ? undefined : written,
    retryAfterSeconds: kept(retryAfterSeconds),
  }
}

/** Writes a Status: the fields in the order of Go's, the empty ones left out (its `omitempty`). */
export function encodeStatus(status: KubernetesStatus, media: Media): Encoded {
  const { kind, apiVersion, metadata, message, reason, details, code } = status
  const ordered = {
    kind,
    apiVersion,
    metadata,
    status: status.status,
    message: kept(message),
    reason: kept(reason),
    details: details === undefined ? undefined : detailsInGoOrder(details),
    code: kept(code),
  }
  return encode(ordered, STATUS, media)
}

/** Writes a discovery document. The content type of an APIGroupDiscoveryList says so, as clients look for it there. */
export function encodeDocument(kind: DocumentKind, document: ApiDocument, media: Media): Encoded {
  const { contentType, body } = encode(document, SHAPES[kind], media)
  if (kind !== 'APIGroupDiscoveryList') return { contentType, body }
  const [group = '', version = ''] = (document.apiVersion ?? '').split('/')
  return { contentType: `${contentType};g=${group};v=${version};as=${kind}`, body }
}
