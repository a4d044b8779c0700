import { describe, expect, it } from 'vitest'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import type { Media, MediaTransform } from '../../../src/api/negotiation/media-type.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import { createProtobufReader } from '../../support/kubernetes-protobuf.ts'
import { nodeItem, type NodeJson, podItem, type PodJson } from '../../support/metrics-items.ts'
import { recordedAnswer, recordedBody } from '../../support/recorded-answers.ts'

const JSON_MEDIA: Media = { format: 'json', pretty: false, as: undefined }
const PRETTY: Media = { format: 'json', pretty: true, as: undefined }
const YAML: Media = { format: 'yaml', pretty: false, as: undefined }
const PROTOBUF: Media = { format: 'protobuf', pretty: false, as: undefined }

function as(
  kind: MediaTransform['kind'],
  version: MediaTransform['version'] = 'v1',
  includeObject: MediaTransform['includeObject'] = 'Metadata',
): Media {
  return { format: 'json', pretty: false, as: { kind, version, includeObject } }
}

const recordedJson = (id: string) => JSON.parse(recordedBody(id).toString())
const nodes = () => recordedJson('nodes').items.map((item: NodeJson) => nodeItem(item))
const pods = () => recordedJson('pods').items.map((item: PodJson) => podItem(item))
/** The Go server shuffles a pod's containers from one answer to the next. */
const podsOfTable = () => recordedJson('table-object').rows.map((row: { object: PodJson }) => podItem(row.object))
const named = (items: { record: { name: string } }[], name: string) => {
  const found = items.find(({ record }) => record.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}
const podsOfApp = (app: string) =>
  pods().filter(({ record }: ReturnType<typeof podItem>) => record.labels.includes(app))

/** The Go server creates its objects at the time of the request; here they are created when they were sampled. */
function createdWhenSampled(body: Buffer): string {
  const [sampled = ''] = /(?<="timestamp": ?")[^"]+/.exec(recordedBody('nodes').toString()) ?? []
  const text = body.toString('latin1')
  const [seconds] = /(?<=\x12\x08\x08)[\s\S]{5}(?=\x10\0)/.exec(text) ?? []
  return text
    .replace(/(creationTimestamp": ?"|creationTimestamp: ")[^"]+/g, `$1${sampled}`)
    .replace(/B\x08\x08[\s\S]{5}\x10\0/g, `B\x08\x08${seconds}\x10\0`)
}

const encoder = createMetricsEncoder()
const nodeNamed = () => named(nodes(), 'node-00001') as ReturnType<typeof nodeItem>
const podNamed = () => named(pods(), 'app-000-6b5d9664d8-00000') as ReturnType<typeof podItem>
const node = (media: Media) => encoder.nodes.object(nodeNamed().record, nodeNamed().metrics, media)
const pod = (media: Media) => encoder.pods.object(podNamed().record, podNamed().metrics, media)

describe('metrics in the very bytes of the Go server', () => {
  it.each([
    ['nodes', () => encoder.nodes.list(nodes(), JSON_MEDIA)],
    ['pods', () => encoder.pods.list(pods(), JSON_MEDIA)],
    ['node', () => node(JSON_MEDIA)],
    ['pod', () => pod(JSON_MEDIA)],
    ['nodes-pretty', () => encoder.nodes.list(nodes(), PRETTY)],
    ['accept-node-pretty', () => node(PRETTY)],
    ['accept-node-yaml', () => node(YAML)],
    ['accept-nodes-protobuf', () => encoder.nodes.list(nodes(), PROTOBUF)],
    ['accept-node-protobuf-json', () => node(PROTOBUF)],
    ['accept-pods-protobuf', () => encoder.pods.list(podsOfApp('app-001'), PROTOBUF)],
    ['accept-pod-protobuf', () => pod(PROTOBUF)],
    ['table-nodes', () => encoder.nodes.list(nodes(), as('Table'))],
    ['table-node', () => node(as('Table'))],
    ['table-pods', () => encoder.pods.list(pods(), as('Table'))],
    ['table-pod', () => pod(as('Table'))],
    ['table-none', () => encoder.pods.list(pods(), as('Table', 'v1', 'None'))],
    ['table-object', () => encoder.pods.list(podsOfTable(), as('Table', 'v1', 'Object'))],
    ['table-v1beta1', () => encoder.nodes.list(nodes(), as('Table', 'v1beta1'))],
    ['partial-nodes', () => encoder.nodes.list(nodes(), as('PartialObjectMetadataList'))],
    ['partial-node', () => node(as('PartialObjectMetadata'))],
  ])('%s', (id, encode) => {
    const { contentType, body } = encode()
    expect(body.toString('latin1')).toBe(createdWhenSampled(recordedBody(id)))
    expect(contentType).toBe(recordedAnswer(id).contentType)
  })
})

const SWAPPING = podItem({
  metadata: { name: 'p', namespace: 'n' },
  timestamp: '2026-11-22T02:22:40Z',
  window: '1m0.5s',
  containers: [
    { name: 'a', usage: { cpu: '1', memory: '1Ki', swap: '2Ki' } },
    { name: 'b', usage: { cpu: '500m', memory: '1Ki' } },
  ],
})

describe('swap', () => {
  it('is a usage of the containers that have it', () => {
    const { containers } = JSON.parse(
      encoder.pods.object(SWAPPING.record, SWAPPING.metrics, JSON_MEDIA).body.toString(),
    )
    expect(containers).toEqual([
      { name: 'a', usage: { cpu: '1', memory: '1Ki', swap: '2Ki' } },
      { name: 'b', usage: { cpu: '500m', memory: '1Ki' } },
    ])
  })

  it('is written in protobuf too', () => {
    const { object } = createProtobufReader()(encoder.pods.object(SWAPPING.record, SWAPPING.metrics, PROTOBUF).body)
    expect(object.window).toEqual({ duration: 60_500_000_000 })
    expect(object.containers).toMatchObject([
      { name: 'a', usage: { cpu: { string: '1' }, memory: { string: '1Ki' }, swap: { string: '2Ki' } } },
      { name: 'b', usage: { cpu: { string: '500m' }, memory: { string: '1Ki' } } },
    ])
  })

  it('is a column of a table whose first object has it, and 0 for objects that have none', () => {
    const [other] = pods()
    const { body } = encoder.pods.list([SWAPPING, other], as('Table'))
    const { columnDefinitions, rows } = JSON.parse(body.toString())
    expect(columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'cpu',
      'memory',
      'swap',
      'Window',
    ])
    expect(rows[0].cells).toEqual(['p', '1500m', '2Ki', '2Ki', '1m0.5s'])
    expect(rows[1].cells[3]).toBe('0')
  })
})

const STORING = podItem({
  metadata: { name: 'p', namespace: 'n' },
  timestamp: '2026-11-22T02:22:40Z',
  window: '15s',
  containers: [
    { name: 'a', usage: { cpu: '1', memory: '1Ki', swap: '2Ki', 'ephemeral-storage': '3Mi' } },
    { name: 'b', usage: { cpu: '500m', memory: '1Ki', 'ephemeral-storage': '0' } },
  ],
})
const PARTLY = podItem({
  ...{ metadata: { name: 'q', namespace: 'n' }, timestamp: '2026-11-22T02:22:40Z', window: '15s' },
  containers: [
    { name: 'a', usage: { cpu: '1', memory: '1Ki', 'ephemeral-storage': '3Mi' } },
    { name: 'b', usage: { cpu: '1', memory: '1Ki' } },
  ],
})

describe('ephemeral storage', () => {
  const storing = createMetricsEncoder(true)
  const object = (media: Media) => storing.pods.object(STORING.record, STORING.metrics, media).body

  it('stands among the resources in the order of their names, as Go sorts them', () => {
    const text = object(JSON_MEDIA).toString()
    expect(text).toContain('"usage":{"cpu":"1","ephemeral-storage":"3Mi","memory":"1Ki","swap":"2Ki"}')
    expect(text).toContain('"usage":{"cpu":"500m","ephemeral-storage":"0","memory":"1Ki"}')
    expect(object(YAML).toString()).toContain('ephemeral-storage: 3Mi')
    expect(object(PRETTY).toString()).toContain('"ephemeral-storage": "3Mi"')
  })

  it('is written in protobuf too', () => {
    expect(createProtobufReader()(object(PROTOBUF)).object.containers).toMatchObject([
      { usage: { cpu: { string: '1' }, 'ephemeral-storage': { string: '3Mi' }, memory: { string: '1Ki' } } },
      { usage: { 'ephemeral-storage': { string: '0' } } },
    ])
  })

  it('is a last column of tables that only wide output shows, with nothing in it that is not known', () => {
    const [other] = pods()
    const { body } = storing.pods.list([other, STORING, PARTLY], as('Table'))
    const { columnDefinitions, rows } = JSON.parse(body.toString())
    expect(columnDefinitions.map(({ name, priority }: { name: string; priority: number }) => [name, priority])).toEqual(
      [
        ['Name', 0],
        ['cpu', 0],
        ['memory', 0],
        ['Window', 0],
        ['ephemeral-storage', 1],
      ],
    )
    expect(rows.map(({ cells }: { cells: string[] }) => cells.at(-1))).toEqual(['<unknown>', '3Mi', '<unknown>'])
  })

  it('is no column where it is not served, and changes no byte there', () => {
    for (const media of [JSON_MEDIA, PRETTY, YAML, PROTOBUF]) {
      expect(storing.pods.list(pods(), media)).toEqual(encoder.pods.list(pods(), media))
    }
    const { body } = encoder.pods.list(pods(), as('Table'))
    expect(body.toString()).not.toContain('ephemeral')
  })
})

describe('empty lists', () => {
  it.each([
    [JSON_MEDIA, '{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[]}\n'],
    [YAML, 'apiVersion: metrics.k8s.io/v1beta1\nitems: []\nkind: PodMetricsList\nmetadata: {}\n'],
    [
      as('Table'),
      '{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{},"columnDefinitions":null,"rows":null}\n',
    ],
    [
      as('PartialObjectMetadataList', 'v1beta1'),
      '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1beta1","metadata":{},"items":null}\n',
    ],
  ])('%j', (media, expected) => {
    expect(encoder.pods.list([], media).body.toString()).toBe(expected)
  })

  it('are a list without items in protobuf', () => {
    const { kind, object } = createProtobufReader()(encoder.pods.list([], PROTOBUF).body)
    expect(kind).toBe('PodMetricsList')
    expect(object).toEqual({ metadata: { selfLink: '', resourceVersion: '', continue: '' } })
  })
})

it('writes an object anew when its record has changed under the same sample', () => {
  const { record, metrics } = nodeNamed()
  const own = createMetricsEncoder()
  for (const media of [JSON_MEDIA, PROTOBUF]) own.nodes.object(record, metrics, media)
  const relabelled = { ...record, labels: labelsFrom([['fresh', 'yes']]) }
  expect(JSON.parse(own.nodes.object(relabelled, metrics, JSON_MEDIA).body.toString()).metadata.labels).toEqual({
    fresh: 'yes',
  })
  const { object } = createProtobufReader()(own.nodes.object(relabelled, metrics, PROTOBUF).body)
  expect(object.metadata).toMatchObject({ labels: { fresh: 'yes' } })
})

it('gives PartialObjectMetadata(List) in protobuf', () => {
  const read = createProtobufReader()
  const partial: Media = { ...as('PartialObjectMetadata'), format: 'protobuf' }
  const one = read(encoder.pods.object(podNamed().record, podNamed().metrics, partial).body)
  expect(one).toMatchObject({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' })
  expect(one.object.metadata).toMatchObject({ name: podNamed().record.name, namespace: 'team-00' })
  const list: Media = { ...as('PartialObjectMetadataList'), format: 'protobuf' }
  const all = read(encoder.pods.list(pods(), list).body)
  expect(all.object.items).toHaveLength(pods().length)
})
