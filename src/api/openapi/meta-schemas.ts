import { META_PREFIX } from './metrics-schemas.ts'
import type { SchemaSpec } from './schema.ts'

const ATOMIC = { 'x-kubernetes-list-type': 'atomic' }
const TIME = `#${META_PREFIX}Time` as const

const OBJECT_META: SchemaSpec = {
  description: 'What every object carries. Objects of this API have name, namespace, labels and creationTimestamp.',
  properties: {
    annotations: ['{}string', 'Free-form notes of tools, which cannot be selected by.'],
    creationTimestamp: [TIME, 'When the object was made; of measurements, when they were made.'],
    deletionGracePeriodSeconds: ['int64', 'Seconds that the object has to end before it is removed.'],
    deletionTimestamp: [TIME, 'When the object is to be removed, once that has been asked for.'],
    finalizers: [
      '[]string',
      'Who must act before the object is removed.',
      { 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-strategy': 'merge' },
    ],
    generateName: ['string', 'Start of a name that the server completes.'],
    generation: ['int64', 'Number of the desired state, counted by the server.'],
    labels: ['{}string', 'Keys and values that the object can be selected by.'],
    managedFields: [`[]#${META_PREFIX}ManagedFieldsEntry`, 'Who set which fields.', ATOMIC],
    name: ['string', 'Name, unique within the namespace.'],
    namespace: ['string', 'Namespace that the object is in; empty for objects of the cluster.'],
    ownerReferences: [
      `[]#${META_PREFIX}OwnerReference`,
      'Objects that this one belongs to.',
      {
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
    ],
    resourceVersion: ['string', 'Opaque version of the object, for telling whether it changed.'],
    selfLink: ['string', 'No longer set.'],
    uid: ['string', 'Identity of the object over time, which a name is not.'],
  },
}

const MANAGED_FIELDS: SchemaSpec = {
  description: 'Fields of an object that one manager set.',
  properties: {
    apiVersion: ['string', 'Version of the schema that the fields are named in.'],
    fieldsType: ['string', 'Format of the set of fields: FieldsV1.'],
    fieldsV1: [`#${META_PREFIX}FieldsV1`, 'The set of fields.'],
    manager: ['string', 'Who set them.'],
    operation: ['string', 'How they were set: Apply or Update.'],
    subresource: ['string', 'Subresource that they were set through.'],
    time: [TIME, 'When the set last changed.'],
  },
}

const OWNER_REFERENCE: SchemaSpec = {
  description: 'Names an object that another belongs to.',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: ['string', 'Group and version of the owner.'],
    blockOwnerDeletion: ['boolean', 'Whether the owner stays until this object is gone.'],
    controller: ['boolean', 'Whether the owner is the one that manages this object.'],
    kind: ['string', 'Kind of the owner.'],
    name: ['string', 'Name of the owner.'],
    uid: ['string', 'Identity of the owner.'],
  },
  extensions: { 'x-kubernetes-map-type': 'atomic' },
}

const LIST_META: SchemaSpec = {
  description: 'What every list carries. Lists of this API are whole, so all of it is empty.',
  properties: {
    continue: ['string', 'Where to go on, when the list was cut.'],
    remainingItemCount: ['int64', 'How many objects the cut left out.'],
    resourceVersion: ['string', 'Opaque version of the list.'],
    selfLink: ['string', 'No longer set.'],
  },
}

/** Schemas of objects' metadata (apimachinery, pkg/apis/meta/v1/types.go). */
export const META_SCHEMAS: readonly (readonly [string, SchemaSpec])[] = [
  [`${META_PREFIX}ObjectMeta`, OBJECT_META],
  [`${META_PREFIX}ManagedFieldsEntry`, MANAGED_FIELDS],
  [`${META_PREFIX}OwnerReference`, OWNER_REFERENCE],
  [`${META_PREFIX}ListMeta`, LIST_META],
  [`${META_PREFIX}FieldsV1`, { description: 'A set of fields, as a tree of their names.', scalar: { type: 'object' } }],
  [`${META_PREFIX}Time`, { description: 'A moment, as RFC 3339.', scalar: { type: 'string', format: 'date-time' } }],
  [`${META_PREFIX}Duration`, { description: 'A length of time, like 15.02s or 1m30s.', scalar: { type: 'string' } }],
]
