import { describe, expect, it } from 'vitest'
import { createServerMetrics, registerClusterMetrics } from '../../../src/telemetry/metrics/server-metrics.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = createManualClock({ wallMs: 1_795_314_160_900 })
  const metrics = createServerMetrics({ clock, version: '1.2.3', resolutionMs: 15_000 })
  registerClusterMetrics(metrics.registry, {
    storagePoints: () => ({ nodes: 3, containers: 24 }),
    coverage: () => ({ nodes: { known: 4, served: 3 }, pods: { known: 12, served: 12 } }),
    certificates: () => [],
  })
  return { metrics, text: () => metrics.registry.text() }
}

const linesOf = (text: string, name: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name) || line.startsWith(`# HELP ${name} `) || line.startsWith(`# TYPE ${name} `))

describe("the Go server's metrics", () => {
  it('say how old what is served is, in twenty growing buckets', async () => {
    const { metrics, text } = setUp()
    for (const age of [1, 9.9, 400]) metrics.freshness.observe(age)
    const name = 'metrics_server_api_metric_freshness_seconds'
    const lines = linesOf(await text(), name)
    expect(lines.slice(0, 2)).toEqual([
      `# HELP ${name} [ALPHA] Freshness of metrics exported`,
      `# TYPE ${name} histogram`,
    ])
    expect(lines).toHaveLength(2 + 20 + 3)
    expect(lines).toEqual(
      expect.arrayContaining([
        `${name}_bucket{le="1"} 1`,
        `${name}_bucket{le="1.8604960000000004"} 1`,
        `${name}_bucket{le="8.784167171490942"} 1`,
        `${name}_bucket{le="11.981604021913647"} 2`,
        `${name}_bucket{le="364.31163045936864"} 2`,
        `${name}_bucket{le="+Inf"} 3`,
        `${name}_sum 410.9`,
        `${name}_count 3`,
      ]),
    )
  })

  it('count what is stored', async () => {
    const { text } = setUp()
    expect(linesOf(await text(), 'metrics_server_storage_points')).toEqual([
      '# HELP metrics_server_storage_points [ALPHA] Number of metrics points stored.',
      '# TYPE metrics_server_storage_points gauge',
      'metrics_server_storage_points{type="container"} 24',
      'metrics_server_storage_points{type="node"} 3',
    ])
  })

  it('are the only ones that begin with metrics_server_', () => {
    const families = setUp().metrics.registry.families()
    expect(families.map(({ name }) => name).filter((name) => name.startsWith('metrics_server_'))).toEqual([
      'metrics_server_api_metric_freshness_seconds',
      'metrics_server_kubelet_last_request_time_seconds',
      'metrics_server_kubelet_request_duration_seconds',
      'metrics_server_kubelet_request_total',
      'metrics_server_manager_tick_duration_seconds',
      'metrics_server_storage_points',
    ])
  })

  it('are of the content type of the Go server', () => {
    const { contentType } = setUp().metrics.registry
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores')
  })
})

describe("this server's own metrics", () => {
  it('say how much of the cluster is served', async () => {
    const text = await setUp().text()
    expect(text).toContain('metrics_api_nodes{state="missing"} 1\n')
    expect(text).toContain('metrics_api_pods{state="served"} 12\n')
    expect(text).toContain('metrics_api_build_info{version="1.2.3"} 1\n')
  })

  it('say what the process uses', async () => {
    const text = await setUp().text()
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(value('process_start_time_seconds')).toBeCloseTo(1_795_314_160.9 - process.uptime(), 0)
    expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6)
    expect(value('nodejs_eventloop_utilization')).toBeLessThanOrEqual(1)
  })
})

describe('the text', () => {
  it('is of the exposition format, every family once and in one piece', async () => {
    const { metrics } = setUp()
    metrics.scrapes.scraped('a', 1, 'timeout')
    const text = await metrics.registry.text()
    expect(text.endsWith('\n')).toBe(true)
    const families: string[] = []
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)
      if (type !== null) families.push(type[1] ?? '')
      else if (!line.startsWith('# HELP ')) {
        expect(line).toMatch(/^[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? -?[\d.e+-]+$/)
        expect(line.startsWith(families.at(-1) ?? 'none')).toBe(true)
      }
    }
    expect(new Set(families).size).toBe(families.length)
    expect(families).toEqual(metrics.registry.families().map(({ name }) => name))
  })
})
