import { load } from 'js-yaml'
import { describe, expect, it } from 'vitest'
import { type ApiDocument, encodeDocument, encodeStatus } from '../../../src/api/encoding/documents.ts'
import type { Media } from '../../../src/api/negotiation/media-type.ts'
import type { KubernetesStatus } from '../../../src/api/status.ts'
import { createProtobufReader } from '../../support/kubernetes-protobuf.ts'
import { recordedAnswer, recordedBody } from '../../support/recorded-answers.ts'

const JSON_MEDIA: Media = { format: 'json', pretty: false, as: undefined }
const PRETTY: Media = { format: 'json', pretty: true, as: undefined }
const YAML: Media = { format: 'yaml', pretty: false, as: undefined }
const PROTOBUF: Media = { format: 'protobuf', pretty: false, as: undefined }

const recorded = (id: string) => JSON.parse(recordedBody(id).toString())
const read = createProtobufReader()

/** Protobuf has no apiVersion and kind inside, and empty strings and lists where JSON leaves a field out. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([key, item]): [string, unknown] => [key, withoutEmpty(item)])
    .filter(([, item]) => item !== '' && item !== 0 && item !== null && JSON.stringify(item) !== '{}')
  return Object.fromEntries(kept)
}

describe('a status in the very bytes of the Go server', () => {
  it.each([
    ['accept-err-json', 'accept-err-json', JSON_MEDIA],
    ['accept-err-pretty', 'accept-err-json', PRETTY],
    ['accept-err-protobuf-json', 'accept-err-json', PROTOBUF],
    ['label-bad-op', 'label-bad-op', JSON_MEDIA],
    ['accept-nodes-app-star', 'accept-nodes-app-star', JSON_MEDIA],
    ['accept-nodes-garbage', 'accept-nodes-app-star', PRETTY],
  ])('%s', (id, source, media) => {
    const { contentType, body } = encodeStatus(recorded(source), media)
    expect(body.toString('latin1')).toBe(recordedBody(id).toString('latin1'))
    expect(contentType).toBe(recordedAnswer(id).contentType)
  })

  it('is YAML on demand', () => {
    const { contentType, body } = encodeStatus(recorded('label-bad-op'), YAML)
    expect(contentType).toBe('application/yaml')
    expect(load(body.toString())).toEqual(recorded('label-bad-op'))
  })

  it('carries causes and seconds to wait in protobuf', () => {
    const status: KubernetesStatus = {
      ...recorded('accept-err-json'),
      details: { causes: [{ reason: 'a', message: 'b' }, { field: 'c' }], retryAfterSeconds: 300 },
    }
    const { apiVersion, kind, object } = read(encodeStatus(status, PROTOBUF).body)
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'Status' })
    expect(object.details).toEqual({
      name: '',
      group: '',
      kind: '',
      causes: [
        { reason: 'a', message: 'b', field: '' },
        { reason: '', message: '', field: 'c' },
      ],
      retryAfterSeconds: 300,
      uid: '',
    })
  })

  it('has its fields in the order of Go, and no empty ones', () => {
    const status: KubernetesStatus = {
      code: 429,
      details: { retryAfterSeconds: 1, causes: [], kind: '', name: 'n' },
      reason: '',
      message: 'm',
      status: 'Failure',
      metadata: {},
      apiVersion: 'v1',
      kind: 'Status',
    }
    expect(encodeStatus(status, JSON_MEDIA).body.toString()).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","details":{"name":"n","retryAfterSeconds":1},"code":429}\n',
    )
  })

  it('survives any message', () => {
    const message = 'a "quoted" <b> & \u2028 \u0000 \ud800 😀 __proto__'
    const status: KubernetesStatus = { ...recorded('accept-err-json'), message }
    for (const media of [JSON_MEDIA, PRETTY]) {
      const text = encodeStatus(status, media).body.toString()
      expect(JSON.parse(text).message).toBe(message.toWellFormed())
      expect(text).toContain('\\u003cb\\u003e \\u0026 \\u2028 \\u0000 \ufffd 😀')
    }
    expect(load(encodeStatus(status, YAML).body.toString())).toMatchObject({ message: message.toWellFormed() })
    expect(read(encodeStatus(status, PROTOBUF).body).object.message).toBe(message.toWellFormed())
  })
})

describe('a discovery document', () => {
  it.each([
    ['apis', 'APIGroupList'],
    ['group', 'APIGroup'],
    ['version', 'APIResourceList'],
    ['aggregated-discovery-v2', 'APIGroupDiscoveryList'],
  ] as const)('%s, in every format', (id, kind) => {
    const document: ApiDocument = recorded(id)
    const json = encodeDocument(kind, document, JSON_MEDIA)
    expect(json.body.toString()).toBe(recordedBody(id).toString())
    expect(json.contentType).toBe(recordedAnswer(id).contentType)

    const pretty = encodeDocument(kind, document, PRETTY)
    expect(pretty.body.toString()).toBe(JSON.stringify(document, undefined, 2))

    const yaml = encodeDocument(kind, document, YAML)
    expect(load(yaml.body.toString())).toEqual(document)
    expect(yaml.contentType.split(';')[0]).toBe('application/yaml')

    const protobuf = encodeDocument(kind, document, PROTOBUF)
    const { apiVersion, kind: writtenKind, object } = read(protobuf.body)
    expect([apiVersion, writtenKind]).toEqual([document.apiVersion ?? '', kind])
    const { kind: _kind, apiVersion: _apiVersion, ...fields } = document
    expect(unwrapVerbs(withoutEmpty(object))).toEqual(withoutEmpty(fields))
  })

  it('writes in protobuf what gogo-generated code writes: all strings and flags, empty or not', () => {
    const { object } = read(encodeDocument('APIResourceList', recorded('version'), PROTOBUF).body)
    expect(object.resources).toEqual([
      {
        name: 'nodes',
        namespaced: false,
        kind: 'NodeMetrics',
        verbs: { items: ['get', 'list'] },
        singularName: '',
        group: '',
        version: '',
        storageVersionHash: '',
      },
      {
        name: 'pods',
        namespaced: true,
        kind: 'PodMetrics',
        verbs: { items: ['get', 'list'] },
        singularName: '',
        group: '',
        version: '',
        storageVersionHash: '',
      },
    ])
  })
})

/** `verbs` is a message of its own in APIResource. */
function unwrapVerbs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapVerbs)
  if (typeof value !== 'object' || value === null) return value
  if ('items' in value && Object.keys(value).length === 1 && typeof (value.items as unknown[])[0] === 'string') {
    return value.items
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrapVerbs(item)]))
}
