import type { StoredObject } from './registry.ts'
import type { Resource } from './resources.ts'
import { toTable } from './table.ts'

/** How objects are written: whole, metadata only, or as a Table. */
export interface Presentation {
  readonly contentType: string
  one(object: StoredObject): unknown
  /** `meta` is the ListMeta. */
  list(objects: readonly StoredObject[], meta: Readonly<Record<string, unknown>>): unknown
}

const META_VERSION = 'meta.k8s.io/v1'

const partial = ({ metadata }: StoredObject) => ({ kind: 'PartialObjectMetadata', apiVersion: META_VERSION, metadata })

/** Chooses by the Accept header; what is asked for and not to be had is answered as plain JSON. */
export function presentationFor(accept: string, resource: Resource, nowMs: number): Presentation {
  const as = accept
    .split(',')
    .map((type) => type.replaceAll(' ', ''))
    .find((type) => type.startsWith('application/json') && (/as=/.test(type) ? /g=meta\.k8s\.io/.test(type) : true))
  const transform = /as=(\w+)/.exec(as ?? '')?.[1]
  const contentType = `application/json;as=${transform};v=v1;g=meta.k8s.io`
  if (transform === 'Table')
    return {
      contentType,
      one: (object) => toTable(resource, [object], { resourceVersion: object.metadata.resourceVersion }, nowMs),
      list: (objects, meta) => toTable(resource, objects, meta, nowMs),
    }
  if (transform?.startsWith('PartialObjectMetadata'))
    return {
      contentType,
      one: partial,
      list: (objects, metadata) => ({
        kind: 'PartialObjectMetadataList',
        apiVersion: META_VERSION,
        metadata,
        items: objects.map(({ metadata }) => ({ metadata })),
      }),
    }
  return {
    contentType: 'application/json',
    one: (object) => object,
    list: (objects, metadata) => ({
      kind: `${resource.kind}List`,
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
      metadata,
      // Items of a list say neither kind nor apiVersion.
      items: objects.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
    }),
  }
}
