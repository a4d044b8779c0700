import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createExpositionDecoder } from '../../../src/kubelet/decode/exposition.ts'
import { DecodeError, ScrapeReportedError } from '../../../src/kubelet/decode/response-reader.ts'
import { plain } from '../../support/plain-samples.ts'
import { container } from '../../support/samples.ts'
import { mutated } from './mutated.ts'

const decodeExposition = createExpositionDecoder()

const RECORDINGS = [0, 1, 2, 3].map((i) =>
  readFileSync(new URL(`../../fixtures/kubelet/resource-${i}.txt`, import.meta.url)),
)
const decode = (text: string) => plain(decodeExposition(Buffer.from(text)))
const CPU = 'container_cpu_usage_seconds_total'
const MEMORY = 'container_memory_working_set_bytes'
const LABELS = '{container="c",namespace="n",pod="p"}'
const T = Date.UTC(2026, 0)
const only = (text: string) => decode(text).pods[0]?.containers[0]

describe('decodeExposition', () => {
  it.each([
    ['in any order', '{pod="p",container="c",namespace="n"}'],
    ['with spaces and tabs', '{ container = "c" ,\tnamespace= "n" , pod ="p" }'],
    ['with a trailing comma', '{container="c",namespace="n",pod="p",}'],
    ['among others', '{a="1",container="c",id="x",namespace="n",pod="p",z="\\"}"}'],
    ['with the last of one that comes twice', '{container="x",container="c",namespace="n",pod="p"}'],
  ])('reads labels %s', (_, labels) => {
    const sample = decode(`${CPU}${labels} 1.5 1000\n`)
    expect(sample.pods).toMatchObject([
      { namespace: 'n', name: 'p', containers: [{ name: 'c', cpuNanoseconds: 15e8 }] },
    ])
  })

  it('undoes the escapes of label values and leaves others as they are', () => {
    const sample = decode(String.raw`${CPU}{container="a\"b\\c\nd\x",namespace="n",pod="ö😀"} 1${'\n'}`)
    expect(sample.pods).toMatchObject([{ name: 'ö😀', containers: [{ name: 'a"b\\c\nd\\x' }] }])
  })

  it.each([
    ['no timestamp', `${CPU}${LABELS} 1\n`, undefined],
    ['a timestamp', `${CPU}${LABELS} 1 ${T}\n`, T],
    ['a negative timestamp', `${CPU}${LABELS} 1 -62135596800000\n`, undefined],
    ['a timestamp of 1970', `${CPU}${LABELS} 1 0\n`, undefined],
    ['an absurd timestamp', `${CPU}${LABELS} 1 9999999999999999999\n`, undefined],
    ['a timestamp in seconds (OpenMetrics)', `${CPU}${LABELS} 1 ${T / 1000}.250\n`, T + 250],
    ['a timestamp in whole seconds', `${CPU}${LABELS} 1 ${T / 1000}\n`, T],
    ['a timestamp with an exponent', `${CPU}${LABELS} 1 ${T.toExponential()}\n`, T],
    ['a timestamp that is no number', `${CPU}${LABELS} 1 NaN\n`, undefined],
    ['tabs between', `${CPU}${LABELS}\t1\t${T}\t\n`, T],
    ['CRLF', `# HELP x\r\n${CPU}${LABELS} 1 ${T}\r\n\r\n`, T],
    ['an exemplar', `${CPU}${LABELS} 1 ${T} # {trace="x"} 0.5 1.2\n`, T],
    ['an exemplar and no timestamp', `${CPU}${LABELS} 1 # {trace="x"} 0.5\n`, undefined],
    ['comments and empty lines', `#\n# hi\n\n   \n${CPU}${LABELS} 1 ${T}\n# EOF\n`, T],
    ['spaces before the name and the labels', `  ${CPU} ${LABELS} 1 ${T}\n`, T],
    ['a byte order mark before it', `\ufeff${CPU}${LABELS} 1 ${T}\n`, T],
    ['no line feed', `${CPU}${LABELS} 1 ${T}`, T],
    ['a carriage return and no line feed', `${CPU}${LABELS} 1 ${T}\r`, T],
    ['a comment without a line feed after it', `${CPU}${LABELS} 1 ${T}\n# EOF`, T],
    ['a quoted name', `{"${CPU}","container"="c",namespace="n","pod"="p"} 1 ${T}\n`, T],
  ])('reads a line with %s', (_, text, timeMs) => {
    expect(only(text)).toMatchObject({ cpuNanoseconds: 1e9, timeMs })
  })

  it.each([
    ['a quoted name', '{"some.metric","lab.el"="v"} 1'],
    ['a quoted name after a label', '{"lab.el"="v","some.metric"} 1 # {trace="x"} 2'],
    ['escaped text', String.raw`node_note{text="say \"hi\"\n {brace} \\"} 1`],
    ['an exemplar', 'foo_bucket{le="1"} 3 # {trace_id="x"} 0.67 1700000000.123'],
    ['a value of another kind', 'foo {count:3,sum:2,schema:0}'],
    ['a native timestamp', 'foo 1 st@1700000000'],
    ['the name of one of ours in it', `x${CPU}${LABELS} 9 1`],
    ['a label that is a name of ours', `foo{${CPU}="x",container="c"} 9`],
  ])('passes over a foreign series with %s', (_, line) => {
    for (const text of [`${line}\n${CPU}${LABELS} 1 ${T}\n`, `${CPU}${LABELS} 1 ${T}\n${line}`]) {
      expect(decode(text)).toMatchObject({ pods: [{ containers: [{ cpuNanoseconds: 1e9 }] }] })
    }
  })

  it('refuses an answer that may be cut in its last line, since only the end of the connection says that it is whole', () => {
    for (const end of ['', '\r', '0', ' 1', '\n#', '\nfoo 1']) {
      expect(() => decodeExposition(Buffer.from(`${CPU}${LABELS} 12${end}`), false)).toThrow(/the answer ends in line/)
    }
    expect(() => decodeExposition(Buffer.from(`${CPU}${LABELS} 12\n# EOF\n`), false)).not.toThrow()
  })

  it.each(['+Inf', '-Inf', 'Inf', 'NaN', 'nan', '-1', '1e300'])('a value of %s is undefined', (value) => {
    const text = `${CPU}${LABELS} ${value} ${T}\n${MEMORY}${LABELS} ${value} ${T}\ncontainer_start_time_seconds${LABELS} ${value}\n`
    expect(only(text)).toStrictEqual(container('c', { timeMs: T }))
  })

  it('takes the time of the CPU, and of the memory where there is none, in any order', () => {
    const [cpu, memory] = [`${CPU}${LABELS} 1 ${T + 9}\n`, `${MEMORY}${LABELS} 5 ${T + 7}\n`]
    expect(only(memory)?.timeMs).toBe(T + 7)
    expect(only(memory + cpu)?.timeMs).toBe(T + 9)
    expect(only(cpu + memory)?.timeMs).toBe(T + 9)
    expect(only(`${CPU}${LABELS} 1 0\n${memory}`)?.timeMs).toBe(T + 7)
  })

  it.each(['0', '-6.7953645788713455e+09', '1e300', 'NaN'])('takes a start of %s as unknown', (start) => {
    expect(only(`container_start_time_seconds${LABELS} ${start}\n${CPU}${LABELS} 1\n`)?.startTimeMs).toBeUndefined()
  })

  it('keeps names that are keys of every object', () => {
    const text = `${CPU}{container="__proto__",namespace="constructor",pod="toString"} 1\n`
    expect(decode(text).pods).toMatchObject([
      { namespace: 'constructor', name: 'toString', containers: [{ name: '__proto__' }] },
    ])
  })

  it('does not count a container of which there is neither CPU nor memory', () => {
    const gone =
      'container_start_time_seconds{container="d",namespace="n",pod="p"} 1770000000\ncontainer_swap_usage_bytes{container="d",namespace="n",pod="p"} 5\n'
    expect(decode(`${gone}${CPU}${LABELS} 1\n`).pods[0]?.containers).toMatchObject([{ name: 'c' }])
    expect(decode(gone).pods).toMatchObject([{ name: 'p', containers: [] }])
  })

  it('counts a container whose values are of no use', () => {
    expect(decode(`${CPU}${LABELS} 1\n${CPU}${LABELS.replace('"c"', '"d"')} -1\n`).pods[0]?.containers).toHaveLength(2)
  })

  it.each(['', 'pod="p"', 'namespace="n"', 'pod="",namespace="n"'])('leaves out what is of no pod: %j', (labels) => {
    expect(decode(`${CPU}{container="c",${labels}} 1\n`).pods).toEqual([])
  })

  it('takes several series of the node for the latest', () => {
    const node = (value: number, at: number) => `node_cpu_usage_seconds_total ${value} ${at}\n`
    expect(decode(node(7, T + 5) + node(9, T)).node?.cpuNanoseconds).toBe(7e9)
    expect(decode(node(9, T) + node(7, T + 5)).node?.cpuNanoseconds).toBe(7e9)
    expect(decode(node(9, T) + node(9, T)).node?.cpuNanoseconds).toBe(9e9)
    expect(decode(node(9, T) + node(7, T)).node).toBeUndefined()
  })

  it.each(['resource_scrape_error', 'scrape_error'])('%s is an error of its own', (name) => {
    expect(() => decode(`${name} 1\n`)).toThrow(ScrapeReportedError)
    expect(decode(`${name} 0\n`)).toMatchObject({ node: undefined, pods: [] })
  })

  it.each([
    ['a page', '# ok\n<html>\n', 2],
    ['no value', `${CPU}${LABELS}\n`, 1],
    ['a word as value', `node_cpu_usage_seconds_total 1\n${CPU}${LABELS} much\n`, 2],
    ['a hexadecimal value', `${CPU}${LABELS} 0x10\n`, 1],
    ['a word as timestamp', `${CPU}${LABELS} 1 now\n`, 1],
    ['too many fields', `${CPU}${LABELS} 1 1 1\n`, 1],
    ['an open quote', `\n\n${CPU}{pod="p\n`, 3],
    ['an open brace', `${CPU}{pod="p" 1\n`, 1],
    ['no equals sign', `${CPU}{pod"p"} 1\n`, 1],
    ['an unquoted label', `${CPU}{pod=p} 1\n`, 1],
    ['a label without a name', `${CPU}{="p"} 1\n`, 1],
    ['two commas', `${CPU}{pod="p",,a="b"} 1\n`, 1],
    ['a name with a digit first', '1up 1\n', 1],
    ['a last line that is cut', `node_cpu_usage_seconds_total 1\n${CPU}{container="c",name`, 2],
    ['a label that is cut after a backslash', `${CPU}{pod="p\\\n"} 1\n`, 1],
    ['a number without end', `${CPU}${LABELS} ${'1'.repeat(100_000)}\n`, 1],
  ])('names the line that does not parse: %s', (_, text, line) => {
    expect(() => decode(text)).toThrow(DecodeError)
    expect(() => decode(text)).toThrow(new RegExp(`^.{1,80} in line ${line}$`))
  })

  it.each(['', '\n', 'up 1\n', '# only a comment\n'])('refuses a text that is no answer of a kubelet: %j', (text) => {
    expect(() => decode(text)).toThrow(/no metrics of a kubelet/)
  })

  it('reads back any names and values', () => {
    const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => text.length <= 63)
    fc.assert(
      fc.property(
        name,
        name,
        name,
        fc.nat(),
        fc.integer({ min: T, max: 2 * T }),
        (container, pod, namespace, memory, timestamp) => {
          const labels = `{container="${escaped(container)}",namespace="${escaped(namespace)}",pod="${escaped(pod)}"}`
          expect(decode(`${MEMORY}${labels} ${memory} ${timestamp}\n`).pods).toMatchObject([
            { namespace, name: pod, containers: [{ name: container, workingSetBytes: memory, timeMs: timestamp }] },
          ])
        },
      ),
    )
  })

  it('throws nothing but DecodeError, whatever it is given', () => {
    const decodes = (body: Buffer) => {
      try {
        decodeExposition(body)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => decodes(Buffer.from(any))))
    fc.assert(
      fc.property(fc.constantFrom(...RECORDINGS), mutated, (body, mutate) => decodes(mutate(body))),
      {
        numRuns: 2000,
      },
    )
    const tokens = fc.array(
      fc.constantFrom(CPU, LABELS, '{', '}', '"', '\\', '=', ',', 'pod', ' ', '1', '\n', '#', '\r'),
    )
    fc.assert(
      fc.property(tokens, (all) => decodes(Buffer.from(all.join('')))),
      { numRuns: 5000 },
    )
  })
})
