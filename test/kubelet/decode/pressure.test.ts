import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summaryAnswer, wholeSummaryAnswer } from '../../../bench/kubelet-answers.ts'
import { timeFromText } from '../../../src/kubelet/decode/rfc3339.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import type { PressureSample } from '../../../src/model/pressure.ts'
import { mutated } from './mutated.ts'

const TIME = '2026-01-01T00:00:00Z'
const TIME_MS = Date.parse(TIME)
const LATER = '2026-01-01T00:00:07Z'
const LATER_MS = Date.parse(LATER)
const NAN = Number.NaN

const psi = (some: unknown, full: unknown) => ({
  psi: { full: { total: full, avg10: 1.5, avg60: 0, avg300: 0 }, some: { total: some, avg10: 7, avg60: 0, avg300: 0 } },
})
const NODE = { nodeName: 'n', startTime: TIME, cpu: { time: TIME, ...psi(9, 0) }, memory: { time: TIME, ...psi(0, 0) } }
const container = (fields: object) => ({
  name: 'c',
  startTime: TIME,
  memory: { time: TIME, workingSetBytes: 1 },
  ...fields,
})

/** A Summary with so many pods of one container with these fields. */
const summary = (fields: object, { pods = 1, pod = {}, node = NODE as object } = {}) =>
  Buffer.from(
    JSON.stringify({
      node,
      pods: Array.from({ length: pods }, (_, i) => ({
        podRef: { name: `p${i}`, namespace: 'd', uid: `u${i}` },
        containers: [container(fields)],
        ...pod,
      })),
    }),
  )

const read = (body: Buffer, decode = createSummaryDecoder(true)) => decode(body).pressure ?? expect.fail()
const ofContainers = (samples: readonly PressureSample[]) => samples.filter((each) => each.container !== '')
const CPU_ONLY = (time: number, some: number, full: number) => [time, some, full, NAN, NAN, NAN, NAN, NAN, NAN]

describe('the pressure in a Summary', () => {
  // Of three pods the first is read key by key, and the others by the template that was learned from it.
  it.each([
    [
      'is that of all three resources',
      {
        cpu: { time: LATER, ...psi(5, 2) },
        memory: { time: TIME, workingSetBytes: 1, ...psi(7, 3) },
        io: { time: LATER, ...psi(11, 4) },
      },
      [LATER_MS, 5, 2, TIME_MS, 7, 3, LATER_MS, 11, 4],
    ],
    ['may be 0', { cpu: { time: TIME, ...psi(0, 0) }, memory: {} }, CPU_ONLY(TIME_MS, 0, 0)],
    [
      'may have one total only',
      { cpu: { time: TIME, psi: { some: { total: 3 } } }, memory: {} },
      CPU_ONLY(TIME_MS, 3, NAN),
    ],
    [
      'has no total that is null, beside one that is there',
      { cpu: { time: TIME, ...psi(null, 4) }, memory: {} },
      CPU_ONLY(TIME_MS, NAN, 4),
    ],
    ['has no total that is a text', { cpu: { time: TIME, ...psi('5', 4) }, memory: {} }, CPU_ONLY(TIME_MS, NAN, 4)],
    ['has no total that is negative', { cpu: { time: TIME, ...psi(-5, 4) }, memory: {} }, CPU_ONLY(TIME_MS, NAN, 4)],
    [
      'has no time of another resource',
      { cpu: { ...psi(5, 4) }, memory: { time: LATER, workingSetBytes: 1 } },
      [NAN, 5, 4, LATER_MS, NAN, NAN, NAN, NAN, NAN],
    ],
    ['may have no time', { cpu: { ...psi(5, 4) }, memory: {} }, CPU_ONLY(NAN, 5, 4)],
  ])('%s', (_, fields, numbers) => {
    const expected = [0, 1, 2].map((i) => ({
      namespace: 'd',
      pod: `p${i}`,
      container: 'c',
      startTimeMs: TIME_MS,
      numbers,
    }))
    expect(ofContainers(read(summary(fields, { pods: 3 })))).toStrictEqual(expected)
  })

  it.each([
    ['none is reported', { cpu: { time: TIME, usageCoreNanoSeconds: 4 } }],
    ['it is null', { cpu: { time: TIME, psi: null } }],
    ['it is empty', { cpu: { time: TIME, psi: {} } }],
    ['it is a number', { cpu: { time: TIME, psi: 5 } }],
    ['its totals are empty', { cpu: { time: TIME, psi: { some: {}, full: {} } } }],
    ['it is that of something else', { network: psi(5, 4), psi: psi(5, 4), swap: psi(5, 4) }],
  ])('is absent where %s', (_, fields) => {
    expect(ofContainers(read(summary(fields, { pods: 3 })))).toEqual([])
  })

  it('of a pod has no container', () => {
    const pod = { startTime: LATER, cpu: { time: TIME, ...psi(8, 6) } }
    const samples = read(summary({ cpu: { time: TIME, ...psi(5, 4) }, memory: {} }, { pods: 2, pod }))
    const of = (name: string) => ({ namespace: 'd', pod: name })
    const [ofContainer, ofPod] = [CPU_ONLY(TIME_MS, 5, 4), CPU_ONLY(TIME_MS, 8, 6)]
    expect(samples.slice(1)).toStrictEqual([
      { ...of('p0'), container: 'c', startTimeMs: TIME_MS, numbers: ofContainer },
      { ...of('p0'), container: '', startTimeMs: LATER_MS, numbers: ofPod },
      { ...of('p1'), container: 'c', startTimeMs: TIME_MS, numbers: ofContainer },
      { ...of('p1'), container: '', startTimeMs: LATER_MS, numbers: ofPod },
    ])
  })

  it('of a node has neither, nor the total of its CPU that the kernel does not define', () => {
    const node = { ...NODE, cpu: { time: TIME, ...psi(9, 0) }, memory: { time: TIME, ...psi(3, 2) } }
    expect(read(summary({}, { node }))).toStrictEqual([
      {
        namespace: '',
        pod: '',
        container: '',
        startTimeMs: TIME_MS,
        numbers: [TIME_MS, 9, NAN, TIME_MS, 3, 2, NAN, NAN, NAN],
      },
    ])
  })

  it('of a node whose kernel does not count it is absent, and so is that of its pods', () => {
    const nothing = { ...NODE, cpu: { time: TIME, ...psi(0, 0) } }
    const fields = { cpu: { time: TIME, ...psi(0, 0) } }
    expect(read(summary(fields, { node: nothing }))).toEqual([])
    expect(read(readFileSync(new URL('../../fixtures/kubelet/summary-1.json', import.meta.url)))).toEqual([])
    expect(ofContainers(read(summary(fields)))).toHaveLength(1)
    expect(ofContainers(read(summary(fields, { node: { nodeName: 'n' } })))).toHaveLength(1)
  })

  it('of a container without a name, or of names that are too long, is left out', () => {
    const fields = { cpu: { time: TIME, ...psi(5, 4) } }
    for (const name of ['', null, 'x'.repeat(64)]) {
      expect(ofContainers(read(summary({ ...fields, name }, { pods: 3 })))).toEqual([])
    }
    const podRef = { name: 'x'.repeat(254), namespace: 'd' }
    expect(read(summary(fields, { pods: 3, pod: { podRef, ...fields } }))).toHaveLength(1)
  })

  it('is not read where nobody asks for it, and changes nothing of usage', () => {
    for (const body of [
      summary({ cpu: { time: TIME, usageCoreNanoSeconds: 7, ...psi(5, 4) } }, { pods: 3 }),
      summaryAnswer(9),
      wholeSummaryAnswer(9),
    ]) {
      const without = createSummaryDecoder()(body)
      expect(without).not.toHaveProperty('pressure')
      const { pressure, ...sample } = createSummaryDecoder(true)(body)
      expect(pressure).toBeDefined()
      expect(sample).toStrictEqual(without)
    }
  })

  it('is bounded in number', () => {
    const cpu = psi(1, 1)
    const containers = Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, cpu }))
    const pods = Array.from({ length: 3000 }, (_, i) => ({
      podRef: { name: `p${i}`, namespace: 'd' },
      containers,
      cpu,
    }))
    expect(read(Buffer.from(JSON.stringify({ pods })))).toHaveLength(40_000)
  })
})

type Json = Readonly<Record<string, unknown>> | undefined
const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Json)?.[key]
    : undefined
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const time = (value: unknown) => (typeof value === 'string' ? timeFromText(value) : undefined) ?? NAN
const count = (value: unknown) =>
  typeof value === 'number' && value >= 0 && value <= 2 ** 64 ? Math.trunc(value) + 0 : NAN
const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** What the decoder must give, said with JSON.parse. */
function byParse(body: Buffer): PressureSample[] {
  const parsed: unknown = JSON.parse(body.toString())
  const sample = (of: unknown, namespace: string, pod: string, name: string): PressureSample => ({
    namespace,
    pod,
    container: name,
    startTimeMs: time(own(of, 'startTime')),
    numbers: ['cpu', 'memory', 'io'].flatMap((resource) => {
      const stats = own(of, resource)
      const total = (kind: string) => count(own(own(own(stats, 'psi'), kind), 'total'))
      return [time(own(stats, 'time')), total('some'), total('full')]
    }),
  })
  const totals = ({ numbers }: PressureSample) => numbers.filter((each, i) => i % 3 !== 0 && !Number.isNaN(each))
  const node = sample(own(parsed, 'node'), '', '', '')
  const ofNode = { ...node, numbers: node.numbers.with(2, NAN) }
  const pods = list(own(parsed, 'pods')).flatMap((pod) => {
    const [namespace, name] = [text(own(own(pod, 'podRef'), 'namespace')), text(own(own(pod, 'podRef'), 'name'))]
    if (namespace === '' || name === '') return []
    const containers = list(own(pod, 'containers')).filter((each) => text(own(each, 'name')) !== '')
    return [
      ...containers.map((each) => sample(each, namespace, name, text(own(each, 'name')))),
      sample(pod, namespace, name, ''),
    ]
  })
  const all = [ofNode, ...pods].filter((each) => totals(each).length > 0)
  return totals(ofNode).length > 0 && totals(ofNode).every((each) => each === 0) ? [] : all
}

describe('the pressure that is decoded', () => {
  const decode = createSummaryDecoder(true)
  const leaf = fc.oneof(
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, 5, 123_456, '', 'x', TIME, '2026-01-01T00:00:00.5+01:00', {}, []),
    fc.jsonValue(),
  )
  const total = fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: leaf })
  const data = fc.oneof(
    { weight: 9, arbitrary: fc.record({ total, avg10: fc.constantFrom(0, 1.5, 99.99) }) },
    { weight: 1, arbitrary: leaf },
  )
  const pressure = fc.record({ full: data, some: data }, { requiredKeys: [] })
  const stats = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record(
        { time: fc.constantFrom(TIME, LATER), workingSetBytes: fc.nat(), psi: pressure },
        { requiredKeys: ['psi'] },
      ),
    },
    { weight: 1, arbitrary: leaf },
  )
  const fields = { startTime: fc.constantFrom(TIME, null), cpu: stats, memory: stats, io: stats }
  const name = fc.constantFrom('a', 'b', '__proto__', '')
  const anyContainer = fc.record({ name, ...fields }, { requiredKeys: ['name', 'cpu'] })
  const anyPod = fc.record(
    { podRef: fc.record({ name, namespace: name }), ...fields, containers: fc.array(anyContainer, { maxLength: 3 }) },
    { requiredKeys: ['podRef', 'containers'] },
  )
  const anySummary = fc.record({ node: fc.record(fields, { requiredKeys: [] }), pods: fc.array(anyPod) })

  // One decoder reads all of them, so that later ones meet what earlier ones have taught its templates.
  it('agrees with JSON.parse, by templates and without', () => {
    fc.assert(
      fc.property(anySummary, (value) => {
        const body = Buffer.from(JSON.stringify(value))
        expect(read(body, decode)).toStrictEqual(byParse(body))
        expect(read(body, decode)).toStrictEqual(byParse(body))
      }),
      { numRuns: 1000 },
    )
  })

  it('agrees with JSON.parse on an answer with any byte changed', () => {
    const body = summary(
      { cpu: { time: TIME, ...psi(5, 2) }, memory: { time: TIME, workingSetBytes: 1, ...psi(7, 3) } },
      { pods: 3, pod: { startTime: TIME, cpu: { time: TIME, ...psi(6, 3) } } },
    )
    fc.assert(
      fc.property(mutated, (mutate) => {
        const changed = mutate(body)
        let samples: readonly PressureSample[] | undefined
        try {
          samples = decode(changed).pressure
        } catch {
          return
        }
        expect(samples).toStrictEqual(byParse(changed))
      }),
      { numRuns: 2000 },
    )
  })
})
