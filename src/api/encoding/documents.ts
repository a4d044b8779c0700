import type { Encoded, Media } from '../media.ts'
import type { KubernetesStatus, StatusDetails } from '../status.ts'
import { jsonText } from './json-text.ts'
import { type MessageShape, writeMessage } from './message.ts'
import { enveloped } from './protobuf-envelope.ts'
import { ReverseWriter } from './reverse-writer.ts'
import { API_GROUP, API_GROUP_DISCOVERY_LIST, API_GROUP_LIST, API_RESOURCE_LIST, STATUS } from './shapes.ts'
import { encodeText, PROTOBUF } from './text.ts'

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

/** Writes a Status: the fields in the order of Go's, the empty ones left out (its `omitempty`), whoever made it how. */
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
