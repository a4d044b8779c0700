import fc from 'fast-check'
import { load } from 'js-yaml'
import { expect, it } from 'vitest'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import type { Media } from '../../../src/api/negotiation/media-type.ts'
import type { PodRecord } from '../../../src/model/cluster-objects.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import type { PodUsage } from '../../../src/model/usage.ts'
import { cpuMilliseconds } from '../../support/cpu-time.ts'
import { createProtobufReader } from '../../support/kubernetes-protobuf.ts'
import { podItem, type PodJson } from '../../support/metrics-items.ts'

const media = (format: Media['format'], pretty = false): Media => ({ format, pretty, as: undefined })

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '"',
    '\\',
    '<&>',
    '\u2028',
    '\ud800',
    'nöde',
    '😀',
    '1',
    'true',
    'x'.repeat(5000),
  ),
)
/**
 * Without backslashes: V8 14 (Node 26.10) takes an escaped key for the key `\\` when it has parsed that one before, so
 * JSON.parse would not read such labels back. They cannot be labels in Kubernetes.
 */
const labelKey = text.filter((key) => !key.includes('\\'))
const whole = fc.oneof(fc.nat(), fc.maxSafeNat())
const usage = fc.record({
  cpuNanocores: whole,
  memoryBytes: whole,
  swapBytes: fc.option(whole, { nil: undefined }),
  ephemeralStorageBytes: fc.option(whole, { nil: undefined }),
})
const metrics: fc.Arbitrary<PodUsage> = fc.record({
  timestampMs: fc.nat({ max: 4e12 }),
  windowMs: fc.integer({ min: 1, max: 1e9 }),
  containers: fc.array(fc.record({ name: text, usage }), { minLength: 1, maxLength: 3 }),
})
const record: fc.Arbitrary<PodRecord> = fc.record({
  namespace: text,
  name: text,
  uid: text,
  labels: fc.array(fc.tuple(labelKey, text), { maxLength: 4 }).map(labelsFrom),
})
const items = fc.array(fc.record({ record, metrics }), { maxLength: 4 })

const time = (milliseconds: number) =>
  new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('.000', '')

/** What a reader must get, made without the encoder. Lone surrogates become U+FFFD; of equal keys one remains. */
function expected({
  record: { name, namespace, labels },
  metrics: { timestampMs },
}: {
  record: PodRecord
  metrics: PodUsage
}) {
  const pairs = new Map<string, string>()
  for (let i = 0; i < labels.length; i += 2)
    pairs.set((labels[i] ?? '').toWellFormed(), (labels[i + 1] ?? '').toWellFormed())
  return {
    name: name.toWellFormed(),
    namespace: namespace.toWellFormed(),
    time: time(timestampMs),
    labels: [...pairs].sort(),
  }
}

const encoder = createMetricsEncoder()
const read = createProtobufReader()

it('any pods read back from JSON, compact or indented, as what they were', () => {
  fc.assert(
    fc.property(items, (list) => {
      let json = ''
      const spent = cpuMilliseconds(() => {
        json = encoder.pods.list(list, media('json')).body.toString()
      })
      expect(spent).toBeLessThan(50)
      const { items: written }: { items: PodJson[] } = JSON.parse(json)
      for (const [i, item] of list.entries()) {
        const pod = written[i]
        if (pod === undefined) throw new Error('a pod is missing')
        const { name, namespace = '', labels = {} } = pod.metadata
        expect({ name, namespace, time: pod.timestamp, labels: Object.entries(labels).sort() }).toEqual(expected(item))
        const containers = item.metrics.containers.map((container) => ({
          ...container,
          name: container.name.toWellFormed(),
        }))
        expect(podItem(pod).metrics.containers).toEqual(containers)
        expect(podItem(pod).metrics.windowMs).toBe(item.metrics.windowMs)
        const alone = JSON.parse(encoder.pods.object(item.record, item.metrics, media('json')).body.toString())
        expect(alone).toEqual({ kind: 'PodMetrics', apiVersion: 'metrics.k8s.io/v1beta1', ...pod })
      }
      expect(JSON.parse(encoder.pods.list(list, media('json', true)).body.toString())).toEqual(JSON.parse(json))
    }),
    { numRuns: 3_000 },
  )
})

it('any pod reads back from YAML', () => {
  fc.assert(
    fc.property(record, metrics, (one, sample) => {
      const json = JSON.parse(encoder.pods.object(one, sample, media('json')).body.toString())
      expect(load(encoder.pods.object(one, sample, media('yaml')).body.toString())).toEqual(json)
    }),
    { numRuns: 3_000 },
  )
})

it('any pods read back from protobuf, by a decoder that is not ours, as they do from JSON', () => {
  fc.assert(
    fc.property(items, (list) => {
      let body: Buffer = Buffer.alloc(0)
      const spent = cpuMilliseconds(() => {
        body = encoder.pods.list(list, media('protobuf')).body
      })
      expect(spent).toBeLessThan(50)
      const { kind, object } = read(body)
      const json = JSON.parse(encoder.pods.list(list, media('json')).body.toString())
      expect(kind).toBe('PodMetricsList')
      expect(plain(object)).toEqual(json.items.map((item: PodJson) => fields(item)))
    }),
    { numRuns: 10_000 },
  )
})

interface DecodedPod {
  metadata: { name: string; namespace: string; creationTimestamp: { seconds: number }; labels?: Record<string, string> }
  timestamp: { seconds: number }
  window: { duration: number }
  containers?: { name: string; usage: Record<string, { string: string }> }[]
}

const sorted = <T>(map: Record<string, T> | undefined) =>
  Object.entries(map ?? {})
    .filter(([key]) => key !== '__proto__')
    .sort(([a], [b]) => (a < b ? -1 : 1))

function plain({ items: pods = [] }: { items?: unknown }) {
  return (pods as DecodedPod[]).map(({ metadata, timestamp, window, containers = [] }) => ({
    name: metadata.name,
    namespace: metadata.namespace,
    times: [metadata.creationTimestamp.seconds, timestamp.seconds],
    labels: sorted(metadata.labels),
    windowMs: window.duration / 1e6,
    containers: containers.map((container) => [
      container.name,
      sorted(container.usage).map(([name, { string }]) => [name, string]),
    ]),
  }))
}

function fields(pod: PodJson) {
  const seconds = Date.parse(pod.timestamp) / 1000
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    times: [seconds, seconds],
    labels: sorted(pod.metadata.labels),
    windowMs: podItem(pod).metrics.windowMs,
    containers: pod.containers.map(({ name, usage: used }) => [name, sorted(used)]),
  }
}
