import type { Format } from '../../../src/kubelet/decode/decoders.ts'

const container = (name: string) =>
  `{"name":"${name}","startTime":"2026-01-01T00:00:00Z","cpu":{"usageCoreNanoSeconds":5},"memory":{"workingSetBytes":5}}`
const pod = (name: string, containers: string) =>
  `{"podRef":{"namespace":"n","name":"${name}"},"containers":[${containers}]}`
const series = (labels: string) => `container_cpu_usage_seconds_total{${labels}} 1.5 1770000000000\n`
const thousand = Array.from({ length: 1000 }, (_, i) => container(`c${i}`)).join(',')
const [ONE_POD, NODE] = ['{"pods":[{"podRef":{"namespace":"n","name":"p"},"containers":[{}', '{"node":{"a":1']

/** What made-up answers begin with, repeat (with its number where that is what makes it costly) and end with. */
const KINDS: Readonly<Record<string, readonly [Format, string, string | ((i: number) => string), string]>> = {
  'containers in one pod': ['summary', ONE_POD, (i) => `,${container(`c${i}`)}`, ']}]}'],
  'one container again and again': ['summary', ONE_POD, `,${container('c')}`, ']}]}'],
  'containers without anything but a name': ['summary', ONE_POD, (i) => `,{"name":"${i}"}`, ']}]}'],
  pods: ['summary', '{"pods":[{}', (i) => `,${pod(`p${i}`, container('c'))}`, ']}'],
  'pods of a thousand containers': ['summary', '{"pods":[{}', (i) => `,${pod(`p${i}`, thousand)}`, ']}'],
  'pods without anything': ['summary', '{"pods":[{}', ',{}', ']}'],
  'numbers for pods': ['summary', '{"pods":[0', ',1', ']}'],
  'pods of other names each': ['summary', '{"pods":[{}', (i) => `,{"podRef":{"uid":"${i}"}}`, ']}'],
  'very long names': ['summary', '{"pods":[{}', (i) => `,${pod('p'.repeat(100_000) + i, '')}`, ']}'],
  'brackets without end': ['summary', '{"pods":[', '[', ''],
  'deep values': ['summary', '{"pods":[{}', `,{"a":${'['.repeat(500)}1${',1'.repeat(15_000)}${']'.repeat(500)}}`, ']}'],
  'one long text': ['summary', '{"node":{"nodeName":"', 'aaaaaaaaaa', '"}}'],
  'one long text of escapes': ['summary', '{"node":{"nodeName":"', '\\u0041', '"}}'],
  'one long number': ['summary', '{"node":{"cpu":{"usageNanoCores":', '1111111111', '}}}'],
  'unknown keys': ['summary', NODE, (i) => `,"k${i}":1`, '}}'],
  'escaped keys': ['summary', NODE, ',"\\u0061":1', '}}'],
  'lists of pods': ['summary', NODE, '},"pods":[],"node":{"a":1', '}}'],
  'white space': ['summary', '{"pods":[]', '          ', '}'],
  'times of an odd kind': ['summary', ONE_POD, ',{"startTime":"2026-01-01T00:00:00.000000001Z"}', ']}]}'],
  'series of containers': ['exposition', '', (i) => series(`container="c${i}",namespace="n",pod="p"`), ''],
  'series of one container': ['exposition', '', series('container="c",namespace="n",pod="p"'), ''],
  'series of ids': ['exposition', '', (i) => series(`container="c",id="${i}",namespace="n",pod="p"`), ''],
  'series of pods': ['exposition', '', (i) => series(`container="c",namespace="n",pod="p${i}"`), ''],
  'series of the node': ['exposition', '', 'node_cpu_usage_seconds_total 1\n', ''],
  'empty lines': ['exposition', 'resource_scrape_error 0\n', '\n', ''],
  comments: ['exposition', 'resource_scrape_error 0\n', '#\n', ''],
  'foreign series': ['exposition', 'resource_scrape_error 0\n', 'a 1\n', ''],
  'foreign series with quoted names': ['exposition', 'resource_scrape_error 0\n', '{"a"} 1\n', ''],
  'one list of labels': ['exposition', 'container_cpu_usage_seconds_total{', 'a="",', '} 1\n'],
  'one label of escapes': ['exposition', 'container_cpu_usage_seconds_total{pod="', '\\n', '"} 1\n'],
  'one long name': ['exposition', '', 'aaaaaaaaaa', ' 1\n'],
  'long numbers': ['exposition', '', `node_cpu_usage_seconds_total ${'1'.repeat(390)}\n`, ''],
}

export const JUNK = Object.keys(KINDS)

const MIB = 2 ** 20

/** An answer of that kind, of about so many bytes; what is numbered begins anew after 1 MiB. */
export function junk(kind: string, bytes: number): { readonly format: Format; readonly body: Buffer } {
  const [format, head, unit, tail] = KINDS[kind] as (typeof KINDS)[string]
  let part = ''
  if (typeof unit === 'string') part = unit
  else for (let i = 0; part.length < Math.min(bytes, MIB); i++) part += unit(i)
  return { format, body: Buffer.from(head + part.repeat(Math.ceil(bytes / part.length)) + tail) }
}
