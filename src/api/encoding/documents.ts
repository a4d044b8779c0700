import type { Encoded } from '../answer.ts'
import type { Media } from '../negotiation/media-type.ts'
import type { KubernetesStatus, StatusDetails } from '../status.ts'
import {
  always,
  encodeMessage,
  type Field,
  type Message,
  many,
  members,
  only,
  optional,
  strings,
  textOf,
} from './message-fields.ts'
import { enveloped } from './protobuf-envelope.ts'
import { encodeText, jsonText, PROTOBUF } from './text.ts'

// gogo-generated code writes these always, empty or not.
const string: Field = (writer, number, value) => writer.string(number, textOf(value))
const integer: Field = (writer, number, value) => writer.number(number, typeof value === 'number' ? value : 0)
const flag: Field = (writer, number, value) => writer.number(number, value === true ? 1 : 0)

// Field numbers of k8s.io/apimachinery pkg/apis/meta/v1/generated.proto and k8s.io/api apidiscovery/v2/generated.proto.

const LIST_META = members([
  [1, 'selfLink', string],
  [2, 'resourceVersion', string],
  [3, 'continue', string],
])

/** Of a discovery document's group: nothing but the name is ever set, and the creation is Go's zero time. */
const GROUP_META = members([
  [1, 'name', string],
  [2, 'generateName', string],
  [3, 'namespace', string],
  [4, 'selfLink', string],
  [5, 'uid', string],
  [6, 'resourceVersion', string],
  [7, 'generation', integer],
  [8, 'creationTimestamp', always(members([]))],
])

const STATUS_CAUSE = members([
  [1, 'reason', string],
  [2, 'message', string],
  [3, 'field', string],
])

const STATUS_DETAILS = members([
  [1, 'name', string],
  [2, 'group', string],
  [3, 'kind', string],
  [4, 'causes', many(STATUS_CAUSE)],
  [5, 'retryAfterSeconds', integer],
  [6, 'uid', string],
])

const STATUS = members([
  [1, 'metadata', always(LIST_META)],
  [2, 'status', string],
  [3, 'message', string],
  [4, 'reason', string],
  [5, 'details', optional(STATUS_DETAILS)],
  [6, 'code', integer],
])

const GROUP_VERSION = members([
  [1, 'groupVersion', string],
  [2, 'version', string],
])

const SERVER_ADDRESS = members([
  [1, 'clientCIDR', string],
  [2, 'serverAddress', string],
])

const API_GROUP = members([
  [1, 'name', string],
  [2, 'versions', many(GROUP_VERSION)],
  [3, 'preferredVersion', always(GROUP_VERSION)],
  [4, 'serverAddressByClientCIDRs', many(SERVER_ADDRESS)],
])

const API_GROUP_LIST = members([[1, 'groups', many(API_GROUP)]])

const API_RESOURCE = members([
  [1, 'name', string],
  [2, 'namespaced', flag],
  [3, 'kind', string],
  // A Go slice that is a message of its own (`Verbs`).
  [4, 'verbs', optional(only(1, strings))],
  [5, 'shortNames', strings],
  [6, 'singularName', string],
  [7, 'categories', strings],
  [8, 'group', string],
  [9, 'version', string],
  [10, 'storageVersionHash', string],
])

const API_RESOURCE_LIST = members([
  [1, 'groupVersion', string],
  [2, 'resources', many(API_RESOURCE)],
])

const GROUP_VERSION_KIND = members([
  [1, 'group', string],
  [2, 'version', string],
  [3, 'kind', string],
])

const SUBRESOURCE_DISCOVERY = members([
  [1, 'subresource', string],
  [2, 'responseKind', optional(GROUP_VERSION_KIND)],
  [3, 'acceptedTypes', many(GROUP_VERSION_KIND)],
  [4, 'verbs', strings],
])

const RESOURCE_DISCOVERY = members([
  [1, 'resource', string],
  [2, 'responseKind', optional(GROUP_VERSION_KIND)],
  [3, 'scope', string],
  [4, 'singularResource', string],
  [5, 'verbs', strings],
  [6, 'shortNames', strings],
  [7, 'categories', strings],
  [8, 'subresources', many(SUBRESOURCE_DISCOVERY)],
])

const VERSION_DISCOVERY = members([
  [1, 'version', string],
  [2, 'resources', many(RESOURCE_DISCOVERY)],
  [3, 'freshness', string],
])

const GROUP_DISCOVERY = members([
  [1, 'metadata', always(GROUP_META)],
  [2, 'versions', many(VERSION_DISCOVERY)],
])

const API_GROUP_DISCOVERY_LIST = members([
  [1, 'metadata', always(LIST_META)],
  [2, 'items', many(GROUP_DISCOVERY)],
])

export type DocumentKind = 'APIGroup' | 'APIGroupList' | 'APIResourceList' | 'APIGroupDiscoveryList'

/** A document in the form of its JSON; the order of its keys is kept. */
export interface ApiDocument {
  readonly kind: string
  /** Left out in the APIGroupList of `/apis`, as it always has been. */
  readonly apiVersion?: string
}

const MESSAGES: Readonly<Record<DocumentKind, Message>> = {
  APIGroup: API_GROUP,
  APIGroupList: API_GROUP_LIST,
  APIResourceList: API_RESOURCE_LIST,
  APIGroupDiscoveryList: API_GROUP_DISCOVERY_LIST,
}

function encode(document: ApiDocument, message: Message, media: Media): Encoded {
  if (media.format !== 'protobuf') return encodeText(Buffer.from(`${jsonText(document)}\n`), media)
  const type = { apiVersion: document.apiVersion ?? '', kind: document.kind }
  return { contentType: PROTOBUF, body: enveloped(type, encodeMessage(message, document)) }
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
  const { contentType, body } = encode(document, MESSAGES[kind], media)
  if (kind !== 'APIGroupDiscoveryList') return { contentType, body }
  const [group = '', version = ''] = (document.apiVersion ?? '').split('/')
  return { contentType: `${contentType};g=${group};v=${version};as=${kind}`, body }
}
