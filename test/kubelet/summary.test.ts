import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../src/kubelet/decode-error.ts'
import { decodeSummary } from '../../src/kubelet/summary.ts'
import { mutated } from './mutated.ts'
import { summaryByParse } from './summary-by-parse.ts'

const RECORDINGS = [0, 1, 2, 3].map((i) =>
  readFileSync(new URL(`../fixtures/kubelet/summary-${i}.json`, import.meta.url)),
)

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const decode = (value: unknown) => decodeSummary(bytes(value))
const pod = (name: string, containers: unknown, extra = {}) => ({
  podRef: { namespace: 'ns', name, uid: 'u', ...extra },
  containers,
})
const onlyContainer = (container: unknown) => decode({ pods: [pod('p', [container])] }).pods[0]?.containers[0]

/** Holds the decoder to what JSON.parse says of the same bytes. */
function agree(body: Buffer): void {
  const expected = summaryByParse(body)
  if (expected === undefined) expect(() => decodeSummary(body)).toThrow(DecodeError)
  else expect(decodeSummary(body)).toStrictEqual(expected)
}

describe('decodeSummary', () => {
  it.each([
    ['cut short', '{"node":{"nodeName":"n"', 'byte|end'],
    ['empty', '', 'end'],
    ['text', 'Unauthorized', 'byte 0'],
    ['an array', '[]', 'no object'],
    ['null', 'null', 'no object'],
    ['a number', '1', 'no object'],
    ['an object of something else', '{"kind":"Status"}', 'neither a node nor pods'],
    ['node and pods of wrong types', '{"node":[],"pods":{}}', 'neither a node nor pods'],
    ['two values', '{"pods":[]}{}', 'follows'],
    ['a trailing comma', '{"pods":[],}', 'key'],
    ['a byte order mark', '\ufeff{"pods":[]}', 'byte 0'],
    ['nested without end', '['.repeat(100_000), 'nesting too deep'],
  ])('refuses what is no Summary: %s', (_, text, message) => {
    expect(() => decode(text)).toThrow(DecodeError)
    expect(() => decode(text)).toThrow(new RegExp(message))
  })

  it('keeps its message short and free of what the answer says', () => {
    expect(() => decode(`{"pods":[], "secret": ${'x'.repeat(10_000)}`)).toThrow(/^no JSON: .{1,60}$/)
  })

  it.each([
    ['null', 'null'],
    ['a string', '"5"'],
    ['an object', '{}'],
    ['an array', '[1]'],
    ['negative', '-5'],
    ['a fraction', '1.5'],
    ['too large for a double', '1e400'],
    ['beyond 64 bit', '1e20'],
    ['a boolean', 'true'],
  ])('a counter that is %s is undefined, and the fields beside it hold', (_, value) => {
    const text = `{"pods":[{"podRef":{"namespace":"ns","name":"p"},"containers":[
      {"name":"c","cpu":{"usageCoreNanoSeconds":${value},"usageNanoCores":7},"memory":{"workingSetBytes":8}}]}]}`
    const container = decode(text).pods[0]?.containers[0]
    expect(container).toMatchObject({ cpuNanoseconds: undefined, cpuNanocores: 7, workingSetBytes: 8 })
  })

  it.each([
    ['0', 0],
    ['-0', 0],
    ['1e3', 1000],
    ['12.0', 12],
    ['123456789012345', 123456789012345],
    ['9007199254740993', Number('9007199254740993')],
    ['18446744073709551615', 2 ** 64],
  ])('a counter of %s is %d', (text, value) => {
    expect(decode(`{"node":{"cpu":{"usageCoreNanoSeconds":${text}}}}`).node?.cpuNanoseconds).toBe(value)
  })

  it('takes a node without pods, and pods without a node', () => {
    expect(decode({ node: { nodeName: 'n' }, pods: null })).toMatchObject({ nodeName: 'n', pods: [] })
    expect(decode({ pods: [] })).toStrictEqual({ source: 'summary', nodeName: undefined, node: undefined, pods: [] })
  })

  it('reads swap, and none where there is none (Windows)', () => {
    const swap = { swapUsageBytes: 5, swapAvailableBytes: 6 }
    expect(onlyContainer({ name: 'c', swap })).toMatchObject({ swapBytes: 5, swapAvailableBytes: 6 })
    expect(onlyContainer({ name: 'c' })).toMatchObject({ swapBytes: undefined, swapAvailableBytes: undefined })
  })

  it('takes the time of the memory where there is none of the CPU', () => {
    const memory = { time: '2026-01-01T00:00:01Z' }
    expect(onlyContainer({ name: 'c', memory })?.timeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 1))
    const cpu = { time: '2026-01-01T00:00:05Z' }
    expect(onlyContainer({ name: 'c', memory, cpu })?.timeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 5))
  })

  it('keeps the last of pods and of containers that come twice', () => {
    const once = decode({
      pods: [
        pod('p', [{ name: 'old' }]),
        pod('q', []),
        pod('p', [
          { name: 'c', cpu: { usageNanoCores: 1 } },
          { name: 'c', cpu: { usageNanoCores: 2 } },
        ]),
      ],
    })
    expect(once.pods.map((each) => each.name)).toEqual(['p', 'q'])
    expect(once.pods[0]?.containers).toMatchObject([{ name: 'c', cpuNanocores: 2 }])
  })

  it('keeps names that are keys of every object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const decoded = decode({
      pods: names.map((name) =>
        pod(
          name,
          names.map((n) => ({ name: n })),
          { namespace: name },
        ),
      ),
    })
    expect(decoded.pods.map((each) => [each.namespace, each.name])).toEqual(names.map((name) => [name, name]))
    for (const each of decoded.pods) expect(each.containers.map((c) => c.name)).toEqual(names)
  })

  it.each([
    ['no reference', { containers: [] }],
    ['no name', { podRef: { namespace: 'ns' }, containers: [] }],
    ['an empty namespace', { podRef: { namespace: '', name: 'p' }, containers: [] }],
    ['a container without a name', pod('p', [{ name: 'c' }, { cpu: {} }])],
    ['a container that is none', pod('p', [{ name: 'c' }, null])],
    ['no object', 5],
  ])('leaves out a pod that cannot be told or counted whole: %s', (_, bad) => {
    expect(decode({ pods: [bad, pod('good', [])] }).pods.map((each) => each.name)).toEqual(['good'])
  })

  it.each([
    ['{"node":{"cpu":{"usageNanoCores":1},"cpu":{}}}', undefined],
    ['{"node":{"cpu":{"usageNanoCores":1},"cpu":5}}', undefined],
    ['{"node":{"cpu":{"usageNanoCores":1}},"node":{"cpu":{"usageNanoCores":2}}}', 2],
    ['{"node":{"\\u0063pu":{"usageNanoCores":3}}}', 3],
    ['{"node":{"cpu":{"usageNanoCores":1,"usageNanoCores":null}}}', undefined],
  ])('reads keys as JSON.parse does: %s', (text, nanocores) => {
    expect(decode(text).node?.cpuNanocores).toBe(nanocores)
    agree(Buffer.from(text))
  })

  it('reads names beyond ASCII, escaped or not', () => {
    expect(decode('{"node":{"nodeName":"n\\u00f6de-\\ud83d\\ude00\\n"}}').nodeName).toBe('nöde-😀\n')
    expect(decode('{"node":{"nodeName":"nöde-😀"}}').nodeName).toBe('nöde-😀')
  })

  it('agrees with JSON.parse on the recordings, cut anywhere and with any byte changed', () => {
    for (const recording of RECORDINGS) agree(recording)
    fc.assert(
      fc.property(fc.constantFrom(...RECORDINGS), mutated, (recording, mutate) => agree(mutate(recording))),
      {
        numRuns: 2000,
      },
    )
  })

  it('agrees with JSON.parse on values of any shape', () => {
    const leaf = fc.oneof(
      fc.constantFrom(null, true, 0, -1, 1.5, 1e300, 5, '', 'x', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5+01:00'),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
    )
    const resource = {
      startTime: leaf,
      cpu: fc.oneof(leaf, fc.record({ time: leaf, usageNanoCores: leaf, usageCoreNanoSeconds: leaf, psi: leaf })),
      memory: fc.oneof(leaf, fc.record({ time: leaf, workingSetBytes: leaf }, { requiredKeys: [] })),
      swap: fc.oneof(leaf, fc.record({ swapUsageBytes: leaf, swapAvailableBytes: leaf }, { requiredKeys: [] })),
    }
    const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__'), leaf)
    const container = fc.oneof(
      { weight: 9, arbitrary: fc.record({ name, ...resource }) },
      { weight: 1, arbitrary: leaf },
    )
    const onePod = fc.record({
      podRef: fc.record({ name, namespace: name, uid: leaf }, { requiredKeys: ['name', 'namespace'] }),
      containers: fc.oneof(fc.array(container), leaf),
      cpu: leaf,
    })
    const summary = fc.record({
      node: fc.oneof(fc.record({ nodeName: leaf, systemContainers: fc.array(leaf), ...resource }), leaf),
      pods: fc.oneof(fc.array(fc.oneof(onePod, leaf)), leaf),
    })
    const indent = fc.constantFrom(undefined, 1, '\t', '\r\n')
    fc.assert(
      fc.property(summary, indent, (value, space) =>
        agree(
          Buffer.from(
            JSON.stringify(value, null, space === '\r\n' ? '  ' : space).replaceAll(
              '\n',
              space === '\r\n' ? '\r\n' : '\n',
            ),
          ),
        ),
      ),
      { numRuns: 2000 },
    )
  })

  it('throws nothing but DecodeError for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => agree(Buffer.from(any))))
    const tokens = fc.array(
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"pods"', '"node"', '"', '\\', '1', '-', '.', 'e', ' ', 'null'),
    )
    fc.assert(
      fc.property(tokens, (all) => agree(Buffer.from(all.join('')))),
      { numRuns: 5000 },
    )
  })

  it('takes no more than its share of time for what is made to be slow', () => {
    const containers = Array.from({ length: 50_000 }, (_, i) => ({ name: `c${i}` }))
    const pods = Array.from({ length: 50_000 }, (_, i) => pod('same', [], { namespace: `n${i}` }))
    const started = performance.now()
    expect(decode({ pods: [pod('p', containers)] }).pods[0]?.containers).toHaveLength(50_000)
    expect(decode({ pods }).pods).toHaveLength(50_000)
    expect(() => decode(`{"pods":[${'[['.repeat(2_000_000)}`)).toThrow(DecodeError)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
