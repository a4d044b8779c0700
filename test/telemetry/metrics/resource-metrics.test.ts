import { describe, expect, it } from 'vitest'
import { createResourceMetrics, type ReportedSource } from '../../../src/telemetry/metrics/resource-metrics.ts'

const AT_MS = 1_795_314_160_900

/** A node of which only CPU is reported, and one container on it, by these names. */
const sourceOf = (node: string, namespace: string, pod: string, container: string): ReportedSource => ({
  answering: () => [node],
  reported: (_, field) => (field === 'cpuNanoseconds' ? { value: 1.5e9, timestampMs: AT_MS + 0.4 } : undefined),
  forEachContainer(_, field, take) {
    if (field === 'cpuNanoseconds') take(namespace, pod, container, 123_456_789, AT_MS)
    if (field === 'startTimeMs') take(namespace, pod, container, AT_MS - 500, AT_MS)
  },
  forEachPressure() {},
})

function textOf(source: ReportedSource, nodes: readonly string[] = source.answering()): string {
  const chunks: Buffer[] = []
  for (const chunk of createResourceMetrics({ source, nodes: () => nodes, contentType: 'text/plain' }).chunks())
    chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const seriesIn = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe("the kubelet's metrics", () => {
  it('have the node beside their own labels, seconds, and the time of the sample', () => {
    expect(seriesIn(textOf(sourceOf('node-1', 'shop', 'web-1', 'app')))).toEqual([
      'node_cpu_usage_seconds_total{node="node-1"} 1.5 1795314160900',
      'container_start_time_seconds{container="app",namespace="shop",node="node-1",pod="web-1"} 1795314160.4',
      'container_cpu_usage_seconds_total{container="app",namespace="shop",node="node-1",pod="web-1"} 0.123456789 1795314160900',
      'resource_scrape_error{node="node-1"} 0',
    ])
  })

  it('say which nodes there is nothing of', () => {
    const text = textOf(sourceOf('node-1', 'shop', 'web-1', 'app'), ['node-1', 'node-2'])
    expect(text).toContain('resource_scrape_error{node="node-1"} 0\nresource_scrape_error{node="node-2"} 1\n')
  })

  it('cannot be broken by strange names', () => {
    const lines = seriesIn(textOf(sourceOf('n"1', 'a\\b', 'x\ny', '__proto__')))
    expect(lines).toContain(
      'container_cpu_usage_seconds_total{container="__proto__",namespace="a\\\\b",node="n\\"1",pod="x\\ny"} 0.123456789 1795314160900',
    )
    expect(lines).toHaveLength(4)
  })

  it('each come in one chunk of the text, with their type', () => {
    const families = [...textOf(sourceOf('n', 'a', 'b', 'c')).matchAll(/^# TYPE (\S+) (\S+)$/gm)]
    expect(families.map(([, name, type]) => `${name} ${type}`)).toEqual([
      'node_cpu_usage_seconds_total counter',
      'node_memory_working_set_bytes gauge',
      'node_swap_usage_bytes gauge',
      'container_start_time_seconds gauge',
      'container_cpu_usage_seconds_total counter',
      'container_memory_working_set_bytes gauge',
      'container_swap_usage_bytes gauge',
      'container_swap_limit_bytes gauge',
      ...['cpu', 'memory', 'io'].flatMap((resource) =>
        ['stalled', 'waiting'].map((kind) => `container_pressure_${resource}_${kind}_seconds_total counter`),
      ),
      'resource_scrape_error gauge',
    ])
  })

  it('have ephemeral storage where it is served', () => {
    const source: ReportedSource = {
      ...sourceOf('node-1', 'shop', 'web-1', 'app'),
      forEachContainer(_, field, take) {
        if (field === 'ephemeralStorageBytes') take('shop', 'web-1', 'app', 4096, AT_MS)
      },
    }
    const line = `container_ephemeral_storage_usage_bytes{container="app",namespace="shop",node="node-1",pod="web-1"} 4096 ${AT_MS}`
    const text = (hasStorage: boolean) =>
      Buffer.concat([
        ...createResourceMetrics({ source, nodes: () => ['node-1'], contentType: '', hasStorage }).chunks(),
      ]).toString()
    expect(seriesIn(text(true))).toContain(line)
    expect(text(true)).toContain('# TYPE container_ephemeral_storage_usage_bytes gauge\n')
    expect(text(false)).not.toContain('ephemeral')
  })

  it('have pressure under cAdvisor’s names and labels, in seconds: of containers, of pods, of nodes', () => {
    const source: ReportedSource = {
      ...sourceOf('n"1', 'shop', 'web-1', 'app'),
      forEachPressure(_, resource, kind, take) {
        if (resource === 'cpu' && kind === 'some') {
          take('', '', '', 12_345_678, AT_MS)
          take('shop', 'web-1', '', 1, AT_MS + 0.4)
          take('shop', 'web\n1', 'app', 0, AT_MS)
        }
        if (resource === 'io' && kind === 'full') take('shop', 'web-1', 'app', 2e6, AT_MS)
      },
    }
    expect(seriesIn(textOf(source)).filter((line) => line.includes('pressure'))).toEqual([
      `container_pressure_cpu_waiting_seconds_total{container="",namespace="",node="n\\"1",pod=""} 12.345678 ${AT_MS}`,
      `container_pressure_cpu_waiting_seconds_total{container="",namespace="shop",node="n\\"1",pod="web-1"} 0.000001 ${AT_MS}`,
      `container_pressure_cpu_waiting_seconds_total{container="app",namespace="shop",node="n\\"1",pod="web\\n1"} 0 ${AT_MS}`,
      `container_pressure_io_stalled_seconds_total{container="app",namespace="shop",node="n\\"1",pod="web-1"} 2 ${AT_MS}`,
    ])
    expect(textOf(source)).toContain(
      '# HELP container_pressure_io_stalled_seconds_total Total time duration no tasks in the container could make progress due to IO congestion.\n',
    )
  })

  it('of a big cluster come in small chunks', () => {
    const nodes = Array.from({ length: 300 }, (_, i) => `node-${i}`)
    const source: ReportedSource = {
      answering: () => nodes,
      reported: () => undefined,
      forEachContainer(_, __, take) {
        for (let i = 0; i < 60; i++) take('namespace', `a-pod-with-some-name-${i}`, 'app', i, AT_MS)
      },
      forEachPressure() {},
    }
    let series = 0
    for (const chunk of createResourceMetrics({ source, nodes: () => nodes, contentType: '' }).chunks()) {
      expect(chunk.length).toBeLessThan(200_000)
      series += chunk.toString().match(/^container_/gm)?.length ?? 0
    }
    expect(series).toBe(300 * 60 * 5)
  })
})
