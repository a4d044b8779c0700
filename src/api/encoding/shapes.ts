import { FLAG, type MessageShape, NUMBER, STRING, STRINGS } from './message.ts'

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

export const STATUS: MessageShape = [
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

export const API_GROUP: MessageShape = [
  [1, 'name', STRING],
  [2, 'versions', { as: 'many', message: GROUP_VERSION }],
  [3, 'preferredVersion', { as: 'one', message: GROUP_VERSION }],
  [4, 'serverAddressByClientCIDRs', { as: 'many', message: SERVER_ADDRESS }],
]

export const API_GROUP_LIST: MessageShape = [[1, 'groups', { as: 'many', message: API_GROUP }]]

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

export const API_RESOURCE_LIST: MessageShape = [
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

export const API_GROUP_DISCOVERY_LIST: MessageShape = [
  [1, 'metadata', { as: 'one', message: LIST_META }],
  [2, 'items', { as: 'many', message: GROUP_DISCOVERY }],
]
