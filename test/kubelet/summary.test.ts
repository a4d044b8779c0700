import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../src/kubelet/decode-error.ts'
import { createSummaryDecoder } from '../../src/kubelet/summary.ts'
import { plain } from '../support/plain-samples.ts'

const decodeSummary = createSummaryDecoder()

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const decode = (value: unknown) => plain(decodeSummary(bytes(value)))
const pod = (name: string, containers: unknown, extra = {}) => ({
  podRef: { namespace: 'ns', name, uid: 'u', ...extra },
  containers,
})
const onlyContainer = (container: unknown) => decode({ pods: [pod('p', [container])] }).pods[0]?.containers[0]

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

  it('reads names beyond ASCII, escaped or not', () => {
    expect(decode('{"node":{"nodeName":"n\\u00f6de-\\ud83d\\ude00\\n"}}').nodeName).toBe('nöde-😀\n')
    expect(decode('{"node":{"nodeName":"nöde-😀"}}').nodeName).toBe('nöde-😀')
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
