import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import type { ContainerSample } from '../../../src/model/sample.ts'
import { type PlainPod, plain } from '../../support/plain-samples.ts'
import { container } from '../../support/samples.ts'
import { expositionOf, summaryOf } from './entry-texts.ts'
import { inOrder } from './pods-of-entries.ts'

const decodeSummary = createSummaryDecoder()
const decodeExposition = createExpositionDecoder()

const NOW = Date.UTC(2026, 0)
const fromSummary = (entries: readonly PlainPod[]) => plain(decodeSummary(Buffer.from(summaryOf(entries))))
const fromExposition = (entries: readonly PlainPod[]) => plain(decodeExposition(Buffer.from(expositionOf(entries))))

const pod = (containers: ContainerSample[], uid?: string): PlainPod => ({ namespace: 'n', name: 'p', uid, containers })
/** Of which the start is so many seconds ago, and the counter as many seconds. */
const app = (ago: number | undefined, counter: number, name = 'app') =>
  container(name, {
    timeMs: NOW,
    startTimeMs: ago === undefined ? undefined : NOW - ago * 1000,
    cpuNanoseconds: counter * 1e9,
    workingSetBytes: 1000,
  })
const [young, old] = [app(60, 5), app(3600, 900)]
const side = app(3600, 7, 'side')

const bothOrders = <T>(items: readonly T[]): T[][] => [[...items], items.toReversed()]
const summaries = (entries: readonly PlainPod[]) => bothOrders(entries).map((each) => inOrder(fromSummary(each).pods))
const expositions = (entries: readonly PlainPod[]) =>
  bothOrders(entries).map((each) => inOrder(fromExposition(each).pods))

describe('a container that is listed twice', () => {
  it.each([
    ['later start', [young, old], young],
    ['later sample, where they started at once', [old, { ...app(3600, 950), timeMs: NOW - 9000 }], old],
    ['higher counter, where start and time are the same', [old, app(3600, 901)], app(3600, 901)],
    [
      'later sample, where no start is known',
      [{ ...app(undefined, 900), timeMs: NOW - 9000 }, app(undefined, 5)],
      app(undefined, 5),
    ],
    ['one, where they are equal', [app(undefined, 5), app(undefined, 5)], app(undefined, 5)],
    ['later start among many', [old, young, app(90, 1)], young],
  ])('is the one with the %s, in any order and format', (_, listed, right) => {
    for (const containers of bothOrders(listed)) {
      const expected = [pod([right, side])]
      for (const sample of [fromSummary, fromExposition]) {
        expect(inOrder(sample([pod([...containers, side])]).pods)).toStrictEqual(expected)
        expect(inOrder(sample([pod([side, ...containers])]).pods)).toStrictEqual(expected)
      }
    }
  })

  it('leaves its pod out where nothing says which of the two runs', () => {
    for (const containers of bothOrders([app(undefined, 5), app(undefined, 900)])) {
      for (const sample of [fromSummary, fromExposition]) {
        const { pods, leftOut } = sample([pod([...containers, side])])
        expect(pods).toEqual([])
        expect(leftOut).toEqual({
          reason: 'a container is listed twice, and nothing says which of the two runs',
          count: 1,
          example: 'n/p',
        })
      }
    }
  })

  it('does so only as long as nothing does', () => {
    const [one, other] = [app(undefined, 5), app(undefined, 900)]
    for (const order of [...bothOrders([one, other, young]), [one, young, other]]) {
      expect(fromSummary([pod(order)]).pods).toStrictEqual([pod([young])])
    }
  })

  it('is the one whose start is known, as the other one never started', () => {
    const entries = bothOrders([young, app(undefined, 900), old]).map((containers) => [pod(containers)])
    for (const each of entries) expect(fromSummary(each).pods).toStrictEqual([pod([young])])
  })

  it.each([
    'container_start_time_seconds',
    'container_cpu_usage_seconds_total',
    'container_memory_working_set_bytes',
  ])('leaves its pod out where the exposition format has %s once: which of the others does it belong to?', (metric) => {
    const lines = expositionOf([pod([old, young, side])]).split('\n')
    for (const order of bothOrders(lines)) {
      order.splice(
        order.findIndex((line) => line.startsWith(metric) && line.includes('"app"')),
        1,
      )
      const { pods, leftOut } = plain(decodeExposition(Buffer.from(order.join('\n'))))
      expect(pods).toEqual([])
      expect(leftOut).toMatchObject({ example: 'n/p' })
    }
  })

  it('is distinguished by further labels, in whichever order the series of the exposition format come', () => {
    const series = ['1', '2'].flatMap((id) => {
      const labels = `{container="app",id="${id}",namespace="n",pod="p"}`
      return [
        `container_start_time_seconds${labels} ${NOW / 1000 - Number(id)}`,
        `container_cpu_usage_seconds_total${labels} ${id} ${NOW}`,
        `container_memory_working_set_bytes${labels} ${id} ${NOW}`,
      ]
    })
    fc.assert(
      fc.property(fc.shuffledSubarray(series, { minLength: series.length }), (lines) => {
        const { pods } = plain(decodeExposition(Buffer.from(lines.join('\n'))))
        expect(pods[0]?.containers).toMatchObject([
          { cpuNanoseconds: 1e9, workingSetBytes: 1, startTimeMs: NOW - 1000 },
        ])
      }),
    )
  })

  it('is not what is distinguished by further labels of one of its series alone', () => {
    const text = `container_cpu_usage_seconds_total{container="app",namespace="n",pod="p",image="x"} 1 ${NOW}
container_memory_working_set_bytes{container="app",namespace="n",pod="p"} 2 ${NOW - 1}
container_start_time_seconds{container="app",namespace="n",pod="p",id=""} ${NOW / 1000 - 5}`
    const { pods } = plain(decodeExposition(Buffer.from(text)))
    expect(pods[0]?.containers).toMatchObject([
      { cpuNanoseconds: 1e9, workingSetBytes: 2, timeMs: NOW, startTimeMs: NOW - 5000 },
    ])
  })
})

describe('a pod that is listed several times', () => {
  it.each([
    ['its sandboxes have different containers', [pod([young], 'u'), pod([side], 'u')], [young, side]],
    ['its last entry has none', [pod([young, side], 'u'), pod([], 'u')], [young, side]],
    ['a container is in both', [pod([young], 'u'), pod([old, side], 'u')], [young, side]],
  ])('has all its containers where %s', (_, entries, right) => {
    for (const pods of summaries(entries)) expect(pods).toStrictEqual([pod(right, 'u')])
  })

  it('stays apart from another of its name, with another uid or without one', () => {
    const entries = [pod([young], 'new'), pod([old, side], 'old'), pod([app(7, 7)])]
    for (const pods of summaries(entries)) expect(pods).toStrictEqual(inOrder(entries))
  })

  it('comes before an entry of its name without a uid, in any order', () => {
    for (const entries of bothOrders([pod([young]), pod([old], 'u'), { ...pod([side], 'u'), name: 'q' }])) {
      expect(fromSummary(entries).pods.map(({ uid }) => uid)).toEqual(['u', 'u', undefined])
    }
  })

  it.each([
    ['all its containers, where it has different ones in each entry', [pod([young]), pod([side])], [young, side]],
    ['those of the entry that started last, where one is in both', [pod([old, side]), pod([young])], [young]],
    ['those that started at once', [pod([old, side]), pod([app(3600, 901)])], [app(3600, 901), side]],
    [
      'those of entries that have nothing in common with the latest',
      [pod([old]), pod([young]), pod([side])],
      [young, side],
    ],
  ])('has, without a uid, %s', (_, entries, right) => {
    for (const pods of summaries(entries)) expect(pods).toStrictEqual([pod(right)])
  })

  it('is one pod in the exposition format, which has no entries', () => {
    for (const pods of expositions([pod([old, side]), pod([young])])) expect(pods).toStrictEqual([pod([young, side])])
  })
})

describe('a container without a name', () => {
  const total = app(undefined, 12, '')

  it.each([
    ['is left out beside others', [total, young, side], [young, side]],
    ['is the pod where it is alone', [total], [total]],
  ])('%s, in either format', (_, listed, right) => {
    for (const containers of bothOrders(listed)) {
      expect(inOrder(fromSummary([pod(containers)]).pods)).toStrictEqual([pod(right)])
      expect(inOrder(fromExposition([pod(containers)]).pods)).toStrictEqual([pod(right)])
    }
  })

  it('is left out beside others where the exposition format has one piece of it twice', () => {
    const cpu = `container_cpu_usage_seconds_total{container="",namespace="n",pod="p"} 1 ${NOW}\n`
    for (const text of [cpu + cpu + expositionOf([pod([total, young])]), expositionOf([pod([young, total])]) + cpu]) {
      expect(plain(decodeExposition(Buffer.from(text))).pods).toStrictEqual([pod([young])])
    }
  })

  it('is left out beside those of another entry', () => {
    for (const pods of summaries([pod([total], 'u'), pod([young], 'u')]))
      expect(pods).toStrictEqual([pod([young], 'u')])
  })

  it('leaves its pod out where there are several: they may be parts of it, or the whole', () => {
    for (const sample of [fromSummary, fromExposition]) {
      const { pods, leftOut } = sample([pod([total, app(undefined, 3, '')])])
      expect(pods).toEqual([])
      expect(leftOut).toMatchObject({ reason: 'it has several containers without a name' })
    }
    expect(fromExposition([pod([total, app(9, 3, '')])]).pods).toEqual([])
  })
})

describe('what no real node lists', () => {
  const many = (count: number, length = 5) =>
    Array.from({ length: count }, (_, i) => app(60, i, `${i}`.padStart(length, 'c')))

  it.each([
    [
      'a namespace of 64 characters',
      { ...pod([young]), namespace: 'n'.repeat(64) },
      /namespace, name or uid is too long/,
    ],
    ['a pod name of 254 characters', { ...pod([young]), name: 'n'.repeat(254) }, /namespace, name or uid is too long/],
    ['a pod name of 100,000 characters', { ...pod([young]), name: 'n'.repeat(100_000) }, /name or uid is too long/],
    ['a container name of 64 characters', pod([young, app(60, 1, 'c'.repeat(64))]), /longer than 63/],
    ['1,001 containers', pod(many(1001)), /more than 1000/],
  ])('leaves out a pod with %s, and no other', (_, odd, reason) => {
    for (const sample of [fromSummary, fromExposition]) {
      const { pods, leftOut } = sample([odd, { ...pod([young]), name: 'other' }])
      expect(pods).toMatchObject([{ name: 'other' }])
      expect(leftOut).toMatchObject({ reason: expect.stringMatching(reason), count: 1 })
      expect(leftOut?.example.length).toBeLessThanOrEqual(100)
    }
  })

  it('takes what is just within', () => {
    const names = { namespace: 'n'.repeat(63), name: 'p'.repeat(253) }
    for (const sample of [fromSummary, fromExposition]) {
      const { pods, leftOut } = sample([{ ...pod(many(1000, 63)), ...names }])
      expect(pods[0]?.containers).toHaveLength(1000)
      expect(leftOut).toBeUndefined()
    }
    expect(fromSummary([pod([young], 'u'.repeat(253))]).pods).toHaveLength(1)
    expect(fromSummary([pod([young], 'u'.repeat(254))]).pods).toHaveLength(0)
  })

  it('refuses an answer with more pods or containers than a node can have', () => {
    const pods = (count: number, containers: number) =>
      Array.from({ length: count }, (_, i) => ({ ...pod(many(containers)), name: `p${i}` }))
    for (const sample of [fromSummary, fromExposition]) {
      expect(sample(pods(10_000, 1)).pods).toHaveLength(10_000)
      expect(() => sample(pods(10_001, 1))).toThrow('it lists more than 10000 pods')
      expect(() => sample(pods(31, 1000))).toThrow('it lists more than 30000 containers')
    }
  })

  it('says always the same of several reasons, in printable letters', () => {
    const entries = [pod(many(1001)), { ...pod([young]), name: `\u001b[31m\n${'n'.repeat(300)}` }]
    const said = bothOrders(entries).map((each) => fromSummary(each).leftOut)
    expect(said[0]).toEqual(said[1])
    expect(fromSummary(entries.slice(1)).leftOut?.example).toMatch(/^n\/ \[31m n+…$/)
  })
})
