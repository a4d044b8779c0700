import { describe, expect, it } from 'vitest'
import { createAccounts } from '../../src/telemetry/accounts.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { createManualClock } from '../support/manual-clock.ts'

function setUp(metricResolutionMs = 15_000) {
  const clock = createManualClock({ wallMs: 1_795_314_160_900 })
  const metrics = createMetrics({
    clock,
    version: '1.2.3',
    metricResolutionMs,
    storagePoints: () => ({ nodes: 3, containers: 24 }),
    coverage: () => ({ nodes: { known: 4, served: 3 }, pods: { known: 12, served: 12 } }),
    families: createAccounts(clock).families,
    certificates: () => [],
  })
  return { clock, metrics }
}

const linesOf = (text: string, name: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name) || line.startsWith(`# HELP ${name} `) || line.startsWith(`# TYPE ${name} `))

describe("the Go server's metrics", () => {
  it('time the requests to each node', async () => {
    const { metrics } = setUp()
    metrics.asked('node-00000', 0.004, undefined)
    metrics.asked('node-00000', 0.005, undefined)
    metrics.asked('node-00000', 0.02, undefined)
    metrics.asked('node-00000', 30, 'timeout')
    const label = 'node="node-00000"'
    const bucket = (le: string, count: number) =>
      `metrics_server_kubelet_request_duration_seconds_bucket{${label},le="${le}"} ${count}`
    expect(linesOf(await metrics.text(), 'metrics_server_kubelet_request_duration_seconds')).toEqual([
      '# HELP metrics_server_kubelet_request_duration_seconds [ALPHA] Duration of requests to Kubelet API in seconds',
      '# TYPE metrics_server_kubelet_request_duration_seconds histogram',
      bucket('0.005', 2),
      bucket('0.01', 2),
      ...['0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10'].map((le) => bucket(le, 3)),
      bucket('+Inf', 4),
      `metrics_server_kubelet_request_duration_seconds_sum{${label}} 30.029`,
      `metrics_server_kubelet_request_duration_seconds_count{${label}} 4`,
    ])
  })

  it('tell when each node was last asked, in whole seconds', async () => {
    const { metrics, clock } = setUp()
    metrics.asked('a', 0.1, undefined)
    await clock.advance(15_000)
    metrics.asked('a', 0.1, undefined)
    expect(linesOf(await metrics.text(), 'metrics_server_kubelet_last_request_time_seconds')).toEqual([
      '# HELP metrics_server_kubelet_last_request_time_seconds [ALPHA] Time of last request performed to Kubelet API since unix epoch in seconds',
      '# TYPE metrics_server_kubelet_last_request_time_seconds gauge',
      'metrics_server_kubelet_last_request_time_seconds{node="a"} 1795314175',
    ])
  })

  it('count requests by success', async () => {
    const { metrics } = setUp()
    metrics.asked('a', 0.1, undefined)
    metrics.asked('a', 0.1, 'timeout')
    metrics.asked('b', 0.1, undefined)
    expect(linesOf(await metrics.text(), 'metrics_server_kubelet_request_total')).toEqual([
      '# HELP metrics_server_kubelet_request_total [ALPHA] Number of requests sent to Kubelet API',
      '# TYPE metrics_server_kubelet_request_total counter',
      'metrics_server_kubelet_request_total{success="true"} 2',
      'metrics_server_kubelet_request_total{success="false"} 1',
    ])
  })

  it('time the rounds, with buckets around the resolution', async () => {
    const { metrics } = setUp()
    metrics.round(14)
    const lines = linesOf(await metrics.text(), 'metrics_server_manager_tick_duration_seconds')
    expect(lines.slice(0, 2)).toEqual([
      '# HELP metrics_server_manager_tick_duration_seconds [ALPHA] The total time spent collecting and storing metrics in seconds.',
      '# TYPE metrics_server_manager_tick_duration_seconds histogram',
    ])
    expect(lines.slice(-8)).toEqual([
      'metrics_server_manager_tick_duration_seconds_bucket{le="10"} 0',
      'metrics_server_manager_tick_duration_seconds_bucket{le="12.5"} 0',
      'metrics_server_manager_tick_duration_seconds_bucket{le="15"} 1',
      'metrics_server_manager_tick_duration_seconds_bucket{le="22.5"} 1',
      'metrics_server_manager_tick_duration_seconds_bucket{le="30"} 1',
      'metrics_server_manager_tick_duration_seconds_bucket{le="+Inf"} 1',
      'metrics_server_manager_tick_duration_seconds_sum 14',
      'metrics_server_manager_tick_duration_seconds_count 1',
    ])
  })

  it('tell how fresh what is served is, in twenty growing buckets', async () => {
    const { metrics } = setUp()
    for (const age of [1, 9.9, 400]) metrics.freshness(age)
    const name = 'metrics_server_api_metric_freshness_seconds'
    const lines = linesOf(await metrics.text(), name)
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
    const { metrics } = setUp()
    expect(linesOf(await metrics.text(), 'metrics_server_storage_points')).toEqual([
      '# HELP metrics_server_storage_points [ALPHA] Number of metrics points stored.',
      '# TYPE metrics_server_storage_points gauge',
      'metrics_server_storage_points{type="container"} 24',
      'metrics_server_storage_points{type="node"} 3',
    ])
  })

  it('are of the content type of the Go server', () => {
    expect(setUp().metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores')
  })
})

describe("this server's own metrics", () => {
  it('tell how much of the cluster is served', async () => {
    const text = await setUp().metrics.text()
    expect(text).toContain('metrics_server_nodes{state="missing"} 1\n')
    expect(text).toContain('metrics_server_pods{state="served"} 12\n')
    expect(text).toContain('metrics_server_build_info{version="1.2.3"} 1\n')
  })

  it('count failures by cause, and strange or too many causes as "other"', async () => {
    const { metrics } = setUp()
    metrics.asked('a', 1, 'timeout')
    metrics.asked('a', 1, 'timeout')
    metrics.asked('a', 1, 'x"\n')
    for (let i = 0; i < 100; i++) metrics.asked('a', 1, `cause-${i}`)
    const lines = linesOf(await metrics.text(), 'metrics_server_kubelet_failures_total{')
    expect(lines).toContain('metrics_server_kubelet_failures_total{cause="timeout"} 2')
    expect(lines).toContain('metrics_server_kubelet_failures_total{cause="other"} 70')
    expect(lines).toHaveLength(33)
  })

  it('tell what the process uses', async () => {
    const text = await setUp().metrics.text()
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
    metrics.asked('a', 1, 'timeout')
    const text = await metrics.text()
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
    expect(families.sort()).toEqual(metrics.describe().map(({ name }) => name))
  })
})
