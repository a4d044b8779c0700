import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../../src/kubelet/decode/response-reader.ts'
import { createSummaryDecoder } from '../../../src/kubelet/decode/summary.ts'
import { plain } from '../../support/plain-samples.ts'

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
    ['a byte order mark that is not at its beginning', ' \ufeff{"pods":[]}', 'byte 1'],
    ['nested without end', '['.repeat(100_000), 'nesting too deep'],
  ])('refuses what is no Summary: %s', (_, text, message) => {
    expect(() => decode(text)).toThrow(DecodeError)
    expect(() => decode(text)).toThrow(new RegExp(message))
  })

  it('keeps its message short and free of what the answer says', () => {
    expect(() => decode(`{"pods":[], "secret": ${'x'.repeat(10_000)}`)).toThrow(/^no JSON: .{1,60}$/)
  })

  it('takes an answer with a byte order mark before it', () => {
    expect(decode('\ufeff{"node":{"nodeName":"n"}}').nodeName).toBe('n')
  })

  it.each([
    ['null', 'null'],
    ['a string', '"5"'],
    ['an object', '{}'],
    ['an array', '[1]'],
    ['negative', '-5'],
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
    ['1.5', 1],
    ['5.0E+07', 50_000_000],
    ['9223372036854775807', 2 ** 63],
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
    const cpu = { usageNanoCores: 1 }
    const swap = { swapUsageBytes: 5, swapAvailableBytes: 6 }
    expect(onlyContainer({ name: 'c', cpu, swap })).toMatchObject({ swapBytes: 5, swapAvailableBytes: 6 })
    expect(onlyContainer({ name: 'c', cpu })).toMatchObject({ swapBytes: undefined, swapAvailableBytes: undefined })
  })

  it('takes the time of the memory where there is none of the CPU', () => {
    const memory = { time: '2026-01-01T00:00:01Z', workingSetBytes: 1 }
    expect(onlyContainer({ name: 'c', memory })?.timeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 1))
    const cpu = { time: '2026-01-01T00:00:05Z' }
    expect(onlyContainer({ name: 'c', memory, cpu })?.timeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 5))
  })

  it('keeps names that are keys of every object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const decoded = decode({
      pods: names.map((name) =>
        pod(
          name,
          names.map((n) => ({ name: n, cpu: { usageNanoCores: 1 } })),
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
    ['no object', 5],
  ])('leaves out an entry that is of no pod: %s', (_, bad) => {
    expect(decode({ pods: [bad, pod('good', [])] }).pods.map((each) => each.name)).toEqual(['good'])
  })

  it('reads names beyond ASCII, escaped or not', () => {
    expect(decode('{"node":{"nodeName":"n\\u00f6de-\\ud83d\\ude00\\n"}}').nodeName).toBe('nöde-😀\n')
    expect(decode('{"node":{"nodeName":"nöde-😀"}}').nodeName).toBe('nöde-😀')
  })

  const used = { time: '2026-01-01T00:00:00Z', usageCoreNanoSeconds: 5 }
  const names = (containers: unknown) => decode({ pods: [pod('p', containers)] }).pods[0]?.containers.map((c) => c.name)

  it.each([
    ['null', { name: 'done', cpu: null, memory: null }],
    [
      'absent',
      { name: 'done', startTime: '2026-01-01T00:00:00Z', rootfs: { usedBytes: 5 }, swap: { swapUsageBytes: 1 } },
    ],
    ['without values', { name: 'done', cpu: { time: used.time }, memory: { time: used.time } }],
    [
      'null values',
      { name: 'done', cpu: { usageCoreNanoSeconds: null, usageNanoCores: null }, memory: { workingSetBytes: null } },
    ],
    ['no object', null],
  ])('does not count a container whose CPU and memory are %s', (_, done) => {
    for (const containers of [
      [done, { name: 'c', cpu: used }],
      [{ name: 'c', cpu: used }, done],
    ]) {
      // The second time by its shape.
      for (let times = 0; times < 2; times++) expect(names(containers)).toEqual(['c'])
    }
    expect(names([done])).toEqual([])
  })

  it.each([
    ['only CPU', { cpu: used, memory: null }],
    ['only memory', { cpu: null, memory: { workingSetBytes: 0 } }],
    ['only a rate', { cpu: { usageNanoCores: 0 } }],
    ['values that are of no use', { cpu: { usageCoreNanoSeconds: -1 }, memory: { workingSetBytes: -1 } }],
    ['stats that are none', { cpu: 5, memory: 'much' }],
  ])('counts a container with %s', (_, stats) => {
    expect(
      names([
        { name: 'c', cpu: used },
        { name: 'd', ...stats },
      ]),
    ).toEqual(['c', 'd'])
  })

  it.each([undefined, null, '', 5])('takes a uid of %j as unknown', (uid) => {
    expect(decode({ pods: [pod('p', [{ name: 'c', cpu: used }], { uid })] }).pods[0]?.uid).toBeUndefined()
  })

  it('takes null in place of every list', () => {
    expect(decode({ node: {}, pods: null }).pods).toEqual([])
    expect(decode({ node: null, pods: [pod('p', null), pod('q', [{ name: 'c', cpu: used }])] })).toMatchObject({
      node: undefined,
      pods: [
        { name: 'p', containers: [] },
        { name: 'q', containers: [{ name: 'c' }] },
      ],
    })
  })

  it.each([
    '1970-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '1754-08-30T22:43:41Z',
    '1601-01-01T00:00:00Z',
    '2262-04-11T23:47:16Z',
    null,
  ])('takes a time of %s as unknown, by its shape too', (time) => {
    const memory = { time, workingSetBytes: 1 }
    const containers = [{ name: 'c', startTime: time, cpu: { ...used, time }, memory }]
    for (const times of [1, 2]) {
      const [container] = decode({ pods: [pod(`p${times}`, containers)] }).pods[0]?.containers ?? []
      expect(container).toMatchObject({ timeMs: undefined, startTimeMs: undefined, cpuNanoseconds: 5 })
    }
  })

  it('takes the time of the memory where that of the CPU is one of 1970', () => {
    const memory = { time: '2026-01-01T00:00:01Z', workingSetBytes: 1 }
    const cpu = { ...used, time: '1970-01-01T00:00:00Z' }
    for (let times = 0; times < 2; times++) {
      expect(onlyContainer({ name: 'c', cpu, memory })?.timeMs).toBe(Date.UTC(2026, 0, 1, 0, 0, 1))
    }
  })
})
