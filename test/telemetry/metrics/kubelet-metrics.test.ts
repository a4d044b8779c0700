import { describe, expect, it } from 'vitest'
import { REJECTION_REASONS } from '../../../src/model/sample.ts'
import { SCRAPE_FAILURES } from '../../../src/model/scrape-failure.ts'
import { createKubeletMetrics } from '../../../src/telemetry/metrics/kubelet-metrics.ts'
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp(resolutionMs = 15_000) {
  const clock = createManualClock({ wallMs: 1_795_314_160_900 })
  const registry = new MetricsRegistry()
  const metrics = createKubeletMetrics(registry, { clock, resolutionMs })
  const lines = async (start: string) => (await registry.text()).split('\n').filter((line) => line.startsWith(start))
  return { clock, metrics, text: () => registry.text(), lines }
}

const family = (text: string, name: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(name) || line.startsWith(`# HELP ${name} `) || line.startsWith(`# TYPE ${name} `))

describe("the Go server's metrics of kubelets", () => {
  it('time the requests to each node', async () => {
    const { metrics, text } = setUp()
    metrics.scraped('node-00000', 0.004, undefined)
    metrics.scraped('node-00000', 0.005, undefined)
    metrics.scraped('node-00000', 0.02, undefined)
    metrics.scraped('node-00000', 30, 'timeout')
    const label = 'node="node-00000"'
    const bucket = (le: string, count: number) =>
      `metrics_server_kubelet_request_duration_seconds_bucket{${label},le="${le}"} ${count}`
    expect(family(await text(), 'metrics_server_kubelet_request_duration_seconds')).toEqual([
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

  it('tell when each node was last scraped, in whole seconds', async () => {
    const { metrics, clock, text } = setUp()
    metrics.scraped('a', 0.1, undefined)
    await clock.advance(15_000)
    metrics.scraped('a', 0.1, undefined)
    expect(family(await text(), 'metrics_server_kubelet_last_request_time_seconds')).toEqual([
      '# HELP metrics_server_kubelet_last_request_time_seconds [ALPHA] Time of last request performed to Kubelet API since unix epoch in seconds',
      '# TYPE metrics_server_kubelet_last_request_time_seconds gauge',
      'metrics_server_kubelet_last_request_time_seconds{node="a"} 1795314175',
    ])
  })

  it('count requests by success', async () => {
    const { metrics, text } = setUp()
    metrics.scraped('a', 0.1, undefined)
    metrics.scraped('a', 0.1, 'timeout')
    metrics.scraped('b', 0.1, undefined)
    expect(family(await text(), 'metrics_server_kubelet_request_total')).toEqual([
      '# HELP metrics_server_kubelet_request_total [ALPHA] Number of requests sent to Kubelet API',
      '# TYPE metrics_server_kubelet_request_total counter',
      'metrics_server_kubelet_request_total{success="true"} 2',
      'metrics_server_kubelet_request_total{success="false"} 1',
    ])
  })

  it('time the scrape cycles, with buckets around the resolution', async () => {
    const { metrics, text } = setUp()
    metrics.cycleEnded(14)
    const lines = family(await text(), 'metrics_server_manager_tick_duration_seconds')
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
})

describe('failed scrapes and rejected samples', () => {
  it('are counted from the start, at 0 under each cause', async () => {
    const { lines } = setUp()
    expect(await lines('kubelet_scrape_failures_total{')).toEqual(
      SCRAPE_FAILURES.map((cause) => `kubelet_scrape_failures_total{cause="${cause}"} 0`),
    )
    expect(await lines('kubelet_samples_rejected_total{')).toEqual(
      REJECTION_REASONS.map((reason) => `kubelet_samples_rejected_total{reason="${reason}"} 0`),
    )
  })

  it('are counted by cause', async () => {
    const { metrics, lines } = setUp()
    metrics.scraped('a', 1, 'timeout')
    metrics.scraped('b', 1, 'timeout')
    metrics.scraped('a', 1, 'internal')
    metrics.rejected('counter-fell', 3)
    expect(await lines('kubelet_scrape_failures_total{cause="timeout"}')).toEqual([
      'kubelet_scrape_failures_total{cause="timeout"} 2',
    ])
    expect(await lines('kubelet_scrape_failures_total{cause="internal"}')).toEqual([
      'kubelet_scrape_failures_total{cause="internal"} 1',
    ])
    expect(await lines('kubelet_samples_rejected_total{reason="counter-fell"}')).toEqual([
      'kubelet_samples_rejected_total{reason="counter-fell"} 3',
    ])
  })
})

describe('series of nodes', () => {
  it('go away with the node, and start from nothing when it comes back', async () => {
    const { metrics, text } = setUp()
    metrics.scraped('a', 1, undefined)
    metrics.scraped('b', 2, undefined)
    metrics.forget('a')
    metrics.forget('never scraped')
    expect(await text()).not.toContain('node="a"')
    metrics.scraped('c', 3, undefined)
    metrics.scraped('a', 4, undefined)
    const after = await text()
    for (const [node, sum] of Object.entries({ a: 4, b: 2, c: 3 })) {
      expect(after).toContain(`metrics_server_kubelet_request_duration_seconds_sum{node="${node}"} ${sum}\n`)
      expect(after).toContain(`metrics_server_kubelet_request_duration_seconds_count{node="${node}"} 1\n`)
    }
  })

  it('say which node fails, since when and why, until it is scraped successfully again', async () => {
    const { clock, metrics, lines } = setUp()
    const success = 'kubelet_scrape_last_success_timestamp_seconds{'
    metrics.scraped('a', 1, undefined)
    await clock.advance(15_000)
    metrics.scraped('a', 1, 'timeout')
    metrics.scraped('b', 1, 'connection')
    expect(await lines('kubelet_scrape_failing{')).toEqual([
      'kubelet_scrape_failing{node="a",cause="timeout"} 1',
      'kubelet_scrape_failing{node="b",cause="connection"} 1',
    ])
    expect(await lines(success)).toEqual([`${success}node="a"} 1795314160`])
    await clock.advance(15_000)
    metrics.scraped('b', 1, undefined)
    metrics.forget('a')
    expect(await lines('kubelet_scrape_failing{')).toEqual([])
    expect(await lines(success)).toEqual([`${success}node="b"} 1795314190`])
    metrics.scraped('a', 1, 'timeout')
    expect(await lines(success)).toHaveLength(1)
  })

  it('of ten thousand nodes are written with turns for others in between', async () => {
    const { metrics, text } = setUp()
    for (let i = 0; i < 10_000; i++) metrics.scraped(`node-${i}`, 0.02, undefined)
    let turns = 0
    let written = false
    const beat = (): void => {
      turns++
      if (!written) setImmediate(beat)
    }
    setImmediate(beat)
    const all = await text()
    written = true
    expect(turns).toBeGreaterThan(100)
    expect(all.match(/_count\{node="/g)).toHaveLength(10_000)
  })

  it('cannot be broken by a strange name', async () => {
    const { metrics, text } = setUp()
    metrics.scraped('a"} 1\nfake 2', 1, undefined)
    metrics.scraped('__proto__', 1, undefined)
    const all = await text()
    expect(all).toContain('_sum{node="a\\"} 1\\nfake 2"} 1\n')
    expect(all).toContain('_sum{node="__proto__"} 1\n')
  })
})
