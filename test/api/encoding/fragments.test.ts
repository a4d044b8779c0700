import { expect, it } from 'vitest'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import type { Media } from '../../../src/api/media.ts'
import type { PodRecord } from '../../../src/model/cluster-objects.ts'
import { NO_LABELS } from '../../../src/model/labels.ts'
import type { PodUsage } from '../../../src/model/usage.ts'

const usage = { cpuNanocores: 1, memoryBytes: 2, swapBytes: undefined }
const metrics = (): PodUsage => ({ timestampMs: 0, windowMs: 1, containers: [{ name: 'c', usage }] })

/** A pod that counts how often its name is read: once for every time that its bytes are made. */
function countedPod(): { record: PodRecord; timesRead: () => number } {
  let count = 0
  const record: PodRecord = {
    get name() {
      count++
      return 'p'
    },
    namespace: 'n',
    uid: 'u',
    labels: NO_LABELS,
  }
  return { record, timesRead: () => count }
}

it.each(['json', 'protobuf'] as const)('the %s of an object is made once per sample, alone or in lists', (format) => {
  const media: Media = { format, pretty: false, as: undefined }
  const encoder = createMetricsEncoder()
  const { record, timesRead } = countedPod()
  const sample = metrics()
  const first = encoder.podList([{ record, metrics: sample }], media).body
  expect(timesRead()).toBe(1)
  encoder.pod(record, sample, media)
  expect(encoder.podList([{ record, metrics: sample }], media).body.equals(first)).toBe(true)
  expect(timesRead()).toBe(1)
  encoder.podList([{ record, metrics: metrics() }], media)
  expect(timesRead()).toBe(2)
})

it.each(['json', 'protobuf'] as const)('an answer in %s is no view of what later answers are made of', (format) => {
  const media: Media = { format, pretty: false, as: undefined }
  const encoder = createMetricsEncoder()
  const { record } = countedPod()
  const sample = metrics()
  const bodies = [encoder.pod(record, sample, media).body, encoder.podList([{ record, metrics: sample }], media).body]
  const copies = bodies.map((body) => Buffer.from(body))
  for (const body of bodies) body.fill(0)
  expect(encoder.pod(record, sample, media).body.equals(copies[0] ?? Buffer.alloc(0))).toBe(true)
  expect(encoder.podList([{ record, metrics: sample }], media).body.equals(copies[1] ?? Buffer.alloc(0))).toBe(true)
})
