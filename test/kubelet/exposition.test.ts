import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError, ScrapeReportedError } from '../../src/kubelet/decode-error.ts'
import { decodeExposition } from '../../src/kubelet/exposition.ts'
import { plain } from '../support/plain-samples.ts'
import { container } from '../support/samples.ts'
import { mutated } from './mutated.ts'

const RECORDINGS = [0, 1, 2, 3].map((i) =>
  readFileSync(new URL(`../fixtures/kubelet/resource-${i}.txt`, import.meta.url)),
)
const decode = (text: string) => plain(decodeExposition(Buffer.from(text)))
const CPU = 'container_cpu_usage_seconds_total'
const MEMORY = 'container_memory_working_set_bytes'
const LABELS = '{container="c",namespace="n",pod="p"}'
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
    ['a timestamp', `${CPU}${LABELS} 1 1234\n`, 1234],
    ['a negative timestamp', `${CPU}${LABELS} 1 -5\n`, undefined],
    ['an absurd timestamp', `${CPU}${LABELS} 1 9999999999999999999\n`, undefined],
    ['tabs between', `${CPU}${LABELS}\t1\t1234\t\n`, 1234],
    ['CRLF', `# HELP x\r\n${CPU}${LABELS} 1 1234\r\n\r\n`, 1234],
    ['an exemplar', `${CPU}${LABELS} 1 1234 # {trace="x"} 0.5 1.2\n`, 1234],
    ['an exemplar and no timestamp', `${CPU}${LABELS} 1 # {trace="x"} 0.5\n`, undefined],
    ['comments and empty lines', `#\n# hi\n\n   \n${CPU}${LABELS} 1 1234\n# EOF\n`, 1234],
    ['spaces before the name and the labels', `  ${CPU} ${LABELS} 1 1234\n`, 1234],
  ])('reads a line with %s', (_, text, timeMs) => {
    expect(only(text)).toMatchObject({ cpuNanoseconds: 1e9, timeMs })
  })

  it.each(['+Inf', '-Inf', 'Inf', 'NaN', 'nan', '-1', '1e300'])('a value of %s is undefined', (value) => {
    const text = `${CPU}${LABELS} ${value} 1\n${MEMORY}${LABELS} ${value} 1\ncontainer_start_time_seconds${LABELS} ${value}\n`
    expect(only(text)).toStrictEqual(container('c', { timeMs: 1 }))
  })

  it('keeps the last of a series that comes twice', () => {
    expect(only(`${CPU}${LABELS} 1 1\n${CPU}${LABELS} 2 2\n`)).toMatchObject({ cpuNanoseconds: 2e9, timeMs: 2 })
  })

  it('takes the time of the CPU, and of the memory where there is none, in any order', () => {
    expect(only(`${MEMORY}${LABELS} 5 7\n`)?.timeMs).toBe(7)
    expect(only(`${MEMORY}${LABELS} 5 7\n${CPU}${LABELS} 1 9\n`)?.timeMs).toBe(9)
    expect(only(`${CPU}${LABELS} 1 9\n${MEMORY}${LABELS} 5 7\n`)?.timeMs).toBe(9)
  })

  it('keeps names that are keys of every object', () => {
    const text = `${CPU}{container="__proto__",namespace="constructor",pod="toString"} 1\n`
    expect(decode(text).pods).toMatchObject([
      { namespace: 'constructor', name: 'toString', containers: [{ name: '__proto__' }] },
    ])
  })

  it('leaves out a container that cannot be told', () => {
    expect(decode(`${CPU}{namespace="n",pod="p"} 1\n${CPU}{container="",namespace="n",pod="p"} 1\n`).pods).toEqual([])
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
    ['a fraction as timestamp', `${CPU}${LABELS} 1 1.5\n`, 1],
    ['too many fields', `${CPU}${LABELS} 1 1 1\n`, 1],
    ['an open quote', `\n\n${CPU}{pod="p\n`, 3],
    ['an open brace', `${CPU}{pod="p" 1\n`, 1],
    ['no equals sign', `${CPU}{pod"p"} 1\n`, 1],
    ['an unquoted label', `${CPU}{pod=p} 1\n`, 1],
    ['a label without a name', `${CPU}{="p"} 1\n`, 1],
    ['two commas', `${CPU}{pod="p",,a="b"} 1\n`, 1],
    ['a name with a digit first', '1up 1\n', 1],
    ['a last line that is cut', `node_cpu_usage_seconds_total 1\n${CPU}${LABELS} 12`, 2],
    ['a comment that is cut', 'node_cpu_usage_seconds_total 1\n# HEL', 2],
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
    const name = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(name, name, name, fc.nat(), fc.nat(), (container, pod, namespace, memory, timestamp) => {
        const labels = `{container="${escaped(container)}",namespace="${escaped(namespace)}",pod="${escaped(pod)}"}`
        expect(decode(`${MEMORY}${labels} ${memory} ${timestamp}\n`).pods).toMatchObject([
          { namespace, name: pod, containers: [{ name: container, workingSetBytes: memory, timeMs: timestamp }] },
        ])
      }),
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

  it('takes no more than its share of time for what is made to be slow', () => {
    const started = performance.now()
    const containers = Array.from({ length: 50_000 }, (_, i) => `${CPU}{container="${i}",namespace="n",pod="p"} 1\n`)
    expect(decode(containers.join('')).pods[0]?.containers).toHaveLength(50_000)
    expect(() => decode(`${CPU}{${'a="",'.repeat(500_000)}`)).toThrow(DecodeError)
    expect(() => decode(`${CPU} ${'9'.repeat(5_000_000)}\n`)).toThrow(DecodeError)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
