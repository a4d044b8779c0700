import { describe, expect, it } from 'vitest'
import { NodeSeries } from '../../src/telemetry/node-series.ts'

describe('series of nodes', () => {
  it('go away with the node, and start from nothing when it comes back', async () => {
    const series = new NodeSeries()
    series.asked('a', 1, 1_795_314_160, undefined)
    series.asked('b', 2, 1_795_314_160, undefined)
    series.forget('a')
    series.forget('never asked')
    expect((await series.pieces()).join('')).not.toContain('node="a"')
    series.asked('c', 3, 1_795_314_160, undefined)
    series.asked('a', 4, 1_795_314_160, undefined)
    const text = (await series.pieces()).join('')
    for (const [node, sum] of Object.entries({ a: 4, b: 2, c: 3 })) {
      expect(text).toContain(`metrics_server_kubelet_request_duration_seconds_sum{node="${node}"} ${sum}\n`)
      expect(text).toContain(`metrics_server_kubelet_request_duration_seconds_count{node="${node}"} 1\n`)
    }
  })

  it('tell which node fails, since when and why, until it answers again', async () => {
    const series = new NodeSeries()
    series.asked('a', 1, 1000, undefined)
    series.asked('a', 1, 1015, 'timeout')
    series.asked('b', 1, 1015, 'refused')
    const lines = async (family: string) =>
      (await series.pieces())
        .join('')
        .split('\n')
        .filter((line) => line.startsWith(`metrics_server_kubelet_${family}{`))
    expect(await lines('failing')).toEqual([
      'metrics_server_kubelet_failing{node="a",cause="timeout"} 1',
      'metrics_server_kubelet_failing{node="b",cause="refused"} 1',
    ])
    expect(await lines('last_success_time_seconds')).toEqual([
      'metrics_server_kubelet_last_success_time_seconds{node="a"} 1000',
    ])
    series.asked('b', 1, 1030, undefined)
    series.forget('a')
    expect(await lines('failing')).toEqual([])
    expect(await lines('last_success_time_seconds')).toEqual([
      'metrics_server_kubelet_last_success_time_seconds{node="b"} 1030',
    ])
    series.asked('a', 1, 1045, 'timeout')
    expect(await lines('last_success_time_seconds')).toHaveLength(1)
  })

  it('of ten thousand nodes are written without holding up the event loop', async () => {
    const series = new NodeSeries()
    const nodes = Array.from({ length: 10_000 }, (_, i) => `node-${i}`)
    for (const node of nodes) series.asked(node, 0.02, 1_795_314_160, undefined)
    let turns = 0
    const beat = setInterval(() => turns++, 0)
    const text = (await series.pieces()).join('')
    clearInterval(beat)
    expect(turns).toBeGreaterThan(3)
    expect(text.match(/_count\{node="/g)).toHaveLength(10_000)
  })

  it('cannot be broken by a strange name', async () => {
    const series = new NodeSeries()
    series.asked('a"} 1\nfake 2', 1, 1_795_314_160, undefined)
    series.asked('__proto__', 1, 1_795_314_160, undefined)
    const text = (await series.pieces()).join('')
    expect(text).toContain('_sum{node="a\\"} 1\\nfake 2"} 1\n')
    expect(text).toContain('_sum{node="__proto__"} 1\n')
  })
})
