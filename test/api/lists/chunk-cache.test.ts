import { beforeEach, describe, expect, it } from 'vitest'
import type { ListFormat } from '../../../src/api/encoding/list-format.ts'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import { createListChunkCache, type ListChunkCache } from '../../../src/api/lists/chunk-cache.ts'
import { listChunks } from '../../../src/api/lists/list-chunks.ts'
import type { PodRecord } from '../../../src/model/cluster-objects.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import type { PodUsage } from '../../../src/model/usage.ts'
import { createProtobufReader } from '../../support/kubernetes-protobuf.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { watchOf } from '../../support/watch-usage.ts'

const PODS = 100

function podNamed(i: number): PodRecord {
  const name = `p-${String(i).padStart(4, '0')}`
  return { namespace: 'shop', name, uid: `u-${i}`, labels: labelsFrom([['app', `a-${i % 7}`]]) }
}
const usageOf = (bytes: number): PodUsage => ({
  timestampMs: 1_000_000 + bytes,
  windowMs: 15_000,
  containers: [{ name: 'main', usage: { cpuNanocores: 1, memoryBytes: bytes, swapBytes: undefined } }],
})

const encoder = createMetricsEncoder()
const formatOf = (format: 'json' | 'protobuf') =>
  encoder.pods.inChunks({ format, pretty: false, as: undefined }) as ListFormat<PodUsage>

describe('a whole list', () => {
  let clock: ManualClock
  let records: PodRecord[]
  let usage: Map<string, PodUsage>
  let cache: ListChunkCache<PodRecord, PodUsage>
  let asked: number

  beforeEach(() => {
    clock = createManualClock()
    records = Array.from({ length: PODS }, (_, i) => podNamed(i))
    usage = new Map(records.map(({ name }, i) => [name, usageOf(i)]))
    asked = 0
    const watch = watchOf(({ name }: PodRecord) => usage.get(name))
    const counting = (all: readonly PodRecord[]) => {
      const watched = watch(all)
      const read = (index: number) => {
        asked++
        return watched.read(index)
      }
      return { ...watched, read }
    }
    cache = createListChunkCache<PodRecord, PodUsage>(counting, clock)
  })

  async function list(format: 'json' | 'protobuf' = 'json'): Promise<Buffer> {
    const { bytes, chunks } = await listChunks(formatOf(format), cache.of(formatOf(format), 'shop', records))
    const body = Buffer.concat([...chunks])
    if (bytes !== undefined) expect(body.length).toBe(bytes)
    return body
  }
  const items = () =>
    records.flatMap((record) => {
      const metrics = usage.get(record.name)
      return metrics === undefined ? [] : [{ record, metrics }]
    })
  const expected = (format: 'json' | 'protobuf') =>
    encoder.pods.list(items(), { format, pretty: false, as: undefined }).body

  it.each(['json', 'protobuf'] as const)('in %s is byte for byte that of one made at once', async (format) => {
    expect((await list(format)).equals(expected(format))).toBe(true)
    usage.set('p-0003', usageOf(999))
    usage.delete('p-0050')
    expect((await list(format)).equals(expected(format))).toBe(true)
  })

  it.each(['json', 'protobuf'] as const)('in %s without objects is a list, too', async (format) => {
    for (const { name } of records.slice(0, 20)) usage.delete(name)
    expect((await list(format)).equals(expected(format))).toBe(true)
    usage.clear()
    expect((await list(format)).equals(expected(format))).toBe(true)
    records = []
    expect((await list(format)).equals(expected(format))).toBe(true)
  })

  it('is read back by a decoder of its protobuf', async () => {
    const { kind, object } = createProtobufReader()(await list('protobuf'))
    expect(kind).toBe('PodMetricsList')
    expect(object.items).toHaveLength(PODS)
  })

  it('reads no sample again while nothing has changed', async () => {
    await list()
    expect(asked).toBe(PODS)
    await list()
    expect(asked).toBe(PODS)
  })

  it('reads only what has changed', async () => {
    await list()
    usage.set('p-0003', usageOf(999))
    await list()
    expect(asked).toBe(PODS + 1)
  })

  it('has a pod that came, and has no longer one that went', async () => {
    await list()
    records = [podNamed(-1), ...records.slice(0, 40), ...records.slice(41)]
    usage.set(podNamed(-1).name, usageOf(7))
    expect((await list()).equals(expected('json'))).toBe(true)
    records = records.slice(0, 10)
    expect((await list()).equals(expected('json'))).toBe(true)
  })

  it('shows new labels of a pod under the same sample', async () => {
    await list()
    records[5] = { ...podNamed(5), labels: labelsFrom([['app', 'other']]) }
    expect((await list()).toString()).toContain('"app":"other"')
  })

  it('is forgotten when it is not asked for again', async () => {
    await list()
    await clock.advance(10_000)
    await list()
    await clock.advance(10_000)
    await list()
    expect(asked).toBe(PODS)
    await clock.advance(60_000)
    await list()
    expect(asked).toBe(2 * PODS)
  })

  it('of nothing is not kept, whatever names are asked for', async () => {
    let timers = 0
    const after: ManualClock['after'] = (delayMs, run) => {
      timers++
      return clock.after(delayMs, run)
    }
    const unused = createListChunkCache<PodRecord, PodUsage>(
      watchOf((): PodUsage | undefined => undefined),
      { after },
    )
    for (let i = 0; i < 10; i++) expect([...unused.of(formatOf('json'), `absent-${i}`, [])]).toEqual([])
    // As long as anything is kept there is one that forgets it.
    expect(timers).toBe(0)
    expect([...unused.of(formatOf('json'), 'shop', records)]).toHaveLength(Math.ceil(PODS / 16))
    expect(timers).toBe(1)
  })

  it('is right again after it could not be made', async () => {
    await list()
    usage.set('p-0003', usageOf(999))
    const broken = { ...usageOf(5), containers: undefined as unknown as PodUsage['containers'] }
    usage.set('p-0004', broken)
    await expect(list()).rejects.toThrow(TypeError)
    usage.set('p-0004', usageOf(4))
    expect((await list()).equals(expected('json'))).toBe(true)
  })

  it.each([
    'json',
    'protobuf',
  ] as const)('in %s stays whole while it is sent, whatever others ask for', async (format) => {
    const before = expected(format)
    await list(format)
    const { chunks } = await listChunks(formatOf(format), cache.of(formatOf(format), 'shop', records))
    const sent: Buffer[] = []
    for (const chunk of chunks) {
      // A client may take a part of a chunk now, and the rest after somebody else's whole list.
      const half = Math.floor(chunk.length / 2)
      sent.push(Buffer.from(chunk.subarray(0, half)))
      const usages = [...usage]
      for (const { name } of records) usage.set(name, usageOf(1e9 + sent.length))
      expect((await list(format)).equals(expected(format))).toBe(true)
      for (const [name, was] of usages) usage.set(name, was)
      sent.push(Buffer.from(chunk.subarray(half)))
    }
    expect(Buffer.concat(sent).equals(before)).toBe(true)
  })

  it('makes no new memory for what has changed and is not being sent', async () => {
    const memory = () => [...cache.of(formatOf('json'), 'shop', records)].map(({ bytes }) => bytes.buffer)
    const first = memory()
    for (const { name } of records) usage.set(name, usageOf(7))
    for (const [i, buffer] of memory().entries()) expect(buffer).toBe(first[i])
  })

  it('reports when its objects were measured', () => {
    const reported = [...cache.of(formatOf('json'), 'shop', records)].flatMap(({ timestampsMs }) => timestampsMs)
    expect(reported).toEqual(records.map((_, i) => 1_000_000 + i))
  })

  it('in JSON is not made before it is read', async () => {
    const { chunks } = await listChunks(formatOf('json'), cache.of(formatOf('json'), 'shop', records))
    expect(asked).toBe(0)
    const [, first] = chunks
    expect(first?.length).toBeGreaterThan(0)
    expect(asked).toBeLessThan(PODS)
  })
})
