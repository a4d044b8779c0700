import { describe, expect, it } from 'vitest'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import { selectedItems, selectedList } from '../../../src/api/lists/list-chunks.ts'
import type { Media } from '../../../src/api/negotiation/media-type.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import type { PodUsage } from '../../../src/model/usage.ts'

const records = Array.from({ length: 5000 }, (_, i) => ({
  ...{ namespace: 'shop', name: `pod-${String(i).padStart(4, '0')}`, uid: `${i}` },
  labels: labelsFrom([['app', `app-${i % 7}`]]),
}))
const usage = (i: number): PodUsage => ({
  timestampMs: Date.UTC(2026, 0, 1) + i,
  windowMs: 15_000,
  containers: [{ name: 'main', usage: { cpuNanocores: i * 1000, memoryBytes: i * 4096, swapBytes: undefined } }],
})
const items = records.map((record, i) => ({ record, metrics: usage(i) }))
const encoder = createMetricsEncoder().pods

describe('a long list of selected objects', () => {
  it.each(['json', 'protobuf'] as const)('has the same bytes as one that is written at once, as %s', async (format) => {
    const media: Media = { format, pretty: false, as: undefined }
    const { contentType, body } = await selectedList(encoder, items, media)
    if (Buffer.isBuffer(body)) throw new Error('it was written at once')
    const whole = encoder.list(items, media)
    const bytes = Buffer.concat(Array.from(body.chunks, (piece) => Buffer.from(piece)))
    expect(contentType).toBe(whole.contentType)
    expect(bytes.equals(whole.body)).toBe(true)
    if (format === 'protobuf') expect(body.bytes).toBe(bytes.length)
  })

  it.each([
    ['short', items.slice(0, 100), { format: 'json', pretty: false, as: undefined }],
    ['indented', items, { format: 'json', pretty: true, as: undefined }],
  ] as const)('is written at once when it is %s', async (_, some, media) => {
    const { body } = await selectedList(encoder, some, media)
    expect(body).toEqual(encoder.list(some, media).body)
  })

  it('is chosen with turns for others in between, and only of what is known', async () => {
    let turns = 0
    let running = true
    const others = () => {
      turns++
      if (running) setImmediate(others)
    }
    setImmediate(others)
    const candidates = [{ namespace: 'shop', records, from: 0 }]
    const known = (record: (typeof records)[number]) => (record.uid.endsWith('0') ? undefined : usage(1))
    const found = await selectedItems(candidates, ({ name }) => name < 'pod-4000', known)
    running = false
    expect(found).toHaveLength(3600)
    expect(turns).toBeGreaterThanOrEqual(4)
  })
})
