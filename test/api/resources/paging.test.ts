import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Encoded, EncodedChunks } from '../../../src/api/answer.ts'
import { createMetricsEncoder } from '../../../src/api/encoding/metrics-encoder.ts'
import { createListChunkCache } from '../../../src/api/lists/chunk-cache.ts'
import type { Media } from '../../../src/api/negotiation/media-type.ts'
import { pageRequest } from '../../../src/api/request/continue-token.ts'
import { createPodResource, type PodResource } from '../../../src/api/resources/pods.ts'
import { createSelectionReader, readListOptions } from '../../../src/api/request/list-options.ts'
import { labelsFrom } from '../../../src/kubernetes/labels.ts'
import type { PodRecord } from '../../../src/model/cluster-objects.ts'
import type { PodUsage } from '../../../src/model/usage.ts'
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts'
import { watchOf } from '../../support/watch-usage.ts'

const podOf = (namespace: string, name: string): PodRecord => ({
  ...{ namespace, name, uid: `${namespace}/${name}` },
  labels: labelsFrom([['app', name.length % 2 === 0 ? 'even' : 'odd']]),
})
const usageOf = (i: number): PodUsage => ({
  timestampMs: Date.UTC(2026, 0, 1) + i,
  windowMs: 15_000,
  containers: [{ name: 'main', usage: { cpuNanocores: i, memoryBytes: i, swapBytes: undefined } }],
})
const keyOf = ({ namespace, name }: PodRecord) => `${namespace}/${name}`

/** Pods by namespace, as the cache of pods has them: in new arrays after each change. */
class Pods {
  readonly byNamespace = new Map<string, readonly PodRecord[]>()
  readonly used = new Map<string, PodUsage>()
  /** How often it was asked what a pod uses. */
  asked = 0
  #made = 0

  set(namespace: string, names: readonly string[]): void {
    this.byNamespace.set(
      namespace,
      names.map((name) => podOf(namespace, name)),
    )
    for (const name of names) this.used.set(`${namespace}/${name}`, usageOf(++this.#made))
  }

  add(namespace: string, name: string): void {
    const others = (this.byNamespace.get(namespace) ?? []).filter((pod) => pod.name !== name)
    const all = [...others, podOf(namespace, name)]
    this.byNamespace.set(
      namespace,
      all.sort((a, b) => (a.name < b.name ? -1 : 1)),
    )
    this.used.set(`${namespace}/${name}`, usageOf(++this.#made))
  }

  remove(namespace: string, name: string): void {
    const left = (this.byNamespace.get(namespace) ?? []).filter((pod) => pod.name !== name)
    if (left.length > 0) this.byNamespace.set(namespace, left)
    else this.byNamespace.delete(namespace)
    this.used.delete(`${namespace}/${name}`)
  }

  usage(record: PodRecord): PodUsage | undefined {
    this.asked++
    return this.used.get(keyOf(record))
  }
}

function resourceOf(pods: Pods, clock: ManualClock): PodResource {
  const usage = { pod: (record: PodRecord) => pods.usage(record) }
  return createPodResource({
    pods: {
      get: (namespace, name) => pods.byNamespace.get(namespace)?.find((pod) => pod.name === name),
      inNamespace: (namespace) => pods.byNamespace.get(namespace) ?? [],
      namespaces: () => [...pods.byNamespace.keys()].sort(),
    },
    usage,
    encoder: createMetricsEncoder().pods,
    chunks: createListChunkCache(
      watchOf((record: PodRecord) => pods.usage(record)),
      clock,
    ),
    freshness: { served() {} },
    clock,
  })
}

const readSelection = createSelectionReader()
const JSON_MEDIA: Media = { format: 'json', pretty: false, as: undefined }
const TABLE_MEDIA: Media = { ...JSON_MEDIA, as: { kind: 'Table', version: 'v1', includeObject: 'Metadata' } }

const bodyOf = ({ body }: Encoded | EncodedChunks): string =>
  Buffer.isBuffer(body) ? body.toString() : Buffer.concat([...body.chunks]).toString()

interface Found {
  readonly keys: string[]
  readonly next: string
  readonly left: number | undefined
}

interface Asked {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly media?: Media
  readonly limit?: number
  readonly from?: string
}

async function pageOf(resource: PodResource, asked: Asked): Promise<Found> {
  const { namespace = '', labelSelector = '', media = JSON_MEDIA, limit = 0, from = '' } = asked
  const options = readListOptions(
    new Map([
      ['limit', [String(limit)]],
      ['continue', [from]],
      ['labelSelector', [labelSelector]],
    ]),
  )
  const page = pageRequest(options, { resource: 'pods', namespace })
  const selection = readSelection(options, 'pods')
  const { metadata, items, rows } = JSON.parse(bodyOf(await resource.list(namespace, { selection, media, page })))
  const objects: { metadata: PodRecord }[] = items ?? rows?.map((row: { object: unknown }) => row.object) ?? []
  return {
    keys: objects.map((object) => keyOf(object.metadata)),
    next: metadata.continue ?? '',
    left: metadata.remainingItemCount,
  }
}

let pods: Pods
let clock: ManualClock
let resource: PodResource
beforeEach(() => {
  pods = new Pods()
  clock = createManualClock()
  resource = resourceOf(pods, clock)
})

const names = (count: number) => Array.from({ length: count }, (_, i) => `pod-${String(i).padStart(6, '0')}`)

describe('paging', () => {
  const namespace = fc.constantFrom('a', 'a-b', 'a.b', 'b', 'kube-system')
  const name = fc.stringMatching(/^[a-c]([a-c.-]{0,2}[a-c])?$/)
  const pod = fc.record({ namespace, name })
  const change = fc.record({ pod, comes: fc.boolean(), isMeasured: fc.boolean() })
  const page = fc.record({
    limit: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 60 })),
    media: fc.constantFrom(JSON_MEDIA, TABLE_MEDIA),
    changes: fc.array(change, { maxLength: 8 }),
  })

  it('gives each pod that is there all the time once, and none twice, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pod, { minLength: 1, maxLength: 120 }),
        fc.array(page, { minLength: 1, maxLength: 10 }),
        fc.constantFrom('', '', 'a', 'kube-system'),
        fc.constantFrom('', '', 'app=even', 'app!=even'),
        async (start, pages, within, labelSelector) => {
          const changing = new Pods()
          const listed = resourceOf(changing, createManualClock())
          for (const one of start) changing.add(one.namespace, one.name)
          const all = async () => new Set((await pageOf(listed, { namespace: within, labelSelector })).keys)
          let always = await all()
          const given: string[] = []
          let next = ''
          for (let i = 0; i === 0 || next !== ''; i++) {
            const { limit, media, changes } = pages[i % pages.length] ?? { limit: 3, media: JSON_MEDIA, changes: [] }
            const found = await pageOf(listed, { namespace: within, labelSelector, media, limit, from: next })
            // More pods than there are names cannot come: a list that does not go on would be read for ever.
            expect(i).toBeLessThan(1000)
            expect(found.keys.length).toBeLessThanOrEqual(limit)
            if (found.next !== '') expect(found.keys).toHaveLength(limit)
            const isCounted = found.next !== '' && labelSelector === ''
            const listedNow = [...(await all())]
            const after = listedNow.slice(listedNow.indexOf(found.keys.at(-1) ?? '') + 1).length
            expect(found.left).toBe(isCounted ? after : undefined)
            expect(found.next === '').toBe(found.keys.length === 0 || after === 0)
            given.push(...found.keys)
            next = found.next
            for (const { pod: changed, comes, isMeasured } of changes) {
              if (comes) changing.add(changed.namespace, changed.name)
              else changing.remove(changed.namespace, changed.name)
              if (!isMeasured) changing.used.delete(`${changed.namespace}/${changed.name}`)
            }
            const now = await all()
            always = new Set([...always].filter((key) => now.has(key)))
          }
          const once = new Set(given)
          expect(given).toHaveLength(once.size)
          expect([...always].filter((key) => !once.has(key))).toEqual([])
          expect(given).toEqual(
            given.toSorted((a, b) => {
              const [[inA, nameA], [inB, nameB]] = [a.split('/'), b.split('/')] as [[string, string], [string, string]]
              return inA === inB ? (nameA < nameB ? -1 : 1) : inA < inB ? -1 : 1
            }),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    JSON_MEDIA,
    TABLE_MEDIA,
  ])('does not look at pods that it does not give, and counts once a second %#', async (media) => {
    pods.set('shop', names(50_000))
    const first = await pageOf(resource, { limit: 10, media })
    expect(first.left).toBe(49_990)
    pods.asked = 0
    let from = first.next
    for (let i = 2; i <= 20; i++) {
      const found = await pageOf(resource, { limit: 10, media, from })
      expect(found.left).toBe(50_000 - i * 10)
      from = found.next
    }
    // Each page has 10, and looks for one more, among chunks of 16.
    expect(pods.asked).toBeLessThan(20 * 4 * 16)
    pods.used.delete('shop/pod-040000')
    expect((await pageOf(resource, { limit: 10, media })).left).toBe(49_990)
    await clock.advance(1000)
    expect((await pageOf(resource, { limit: 10, media })).left).toBe(49_989)
  })

  it('goes on where a pod was that is gone, and where a namespace was', async () => {
    for (const namespace of ['a', 'b', 'c']) pods.set(namespace, ['x', 'y'])
    const { next } = await pageOf(resource, { limit: 3 })
    pods.remove('b', 'x')
    expect((await pageOf(resource, { from: next })).keys).toEqual(['b/y', 'c/x', 'c/y'])
    pods.remove('b', 'y')
    expect((await pageOf(resource, { from: next })).keys).toEqual(['c/x', 'c/y'])
    pods.remove('c', 'x')
    pods.remove('c', 'y')
    expect(await pageOf(resource, { from: next, limit: 1 })).toEqual({ keys: [], next: '', left: undefined })
  })

  it('has the objects that were current when the page was made, whatever comes while it is sent', async () => {
    pods.set('shop', names(100))
    const options = readListOptions(new Map([['limit', ['50']]]))
    const made = async () => {
      const page = pageRequest(options, { resource: 'pods', namespace: '' })
      return resource.list('', { selection: readSelection(options, 'pods'), media: JSON_MEDIA, page })
    }
    const before = bodyOf(await made())
    const sent = await made()
    // The same pods: only their samples are new, which are written where the old ones were.
    for (const [i, name] of names(100).entries()) pods.used.set(`shop/${name}`, usageOf(i + 2))
    const after = bodyOf(await made())
    expect(bodyOf(sent)).toBe(before)
    expect(after).not.toBe(before)
  })

  it('lets others have their turn while it looks for what is left', async () => {
    pods.set('shop', names(20_000))
    for (const name of names(20_000).slice(3)) pods.used.delete(`shop/${name}`)
    let turns = 0
    let isRunning = true
    const others = () => {
      turns++
      if (isRunning) setImmediate(others)
    }
    setImmediate(others)
    const { keys, next, left } = await pageOf(resource, { limit: 2 })
    expect([keys.length, left]).toEqual([2, 1])
    expect(turns).toBeGreaterThan(15)
    turns = 0
    expect(await pageOf(resource, { limit: 2, from: next })).toMatchObject({ next: '', left: undefined })
    expect(turns).toBeGreaterThan(15)
    isRunning = false
  })
})
