import { describe, expect, it } from 'vitest'
import { NodeSeries } from '../../src/telemetry/node-series.ts'

describe('series of nodes', () => {
  it('go away with the node, and start from nothing when it comes back', async () => {
    const series = new NodeSeries()
    series.asked('a', 1, 1_795_314_160)
    series.asked('b', 2, 1_795_314_160)
    series.forget('a')
    series.forget('never asked')
    expect((await series.pieces()).join('')).not.toContain('node="a"')
    series.asked('c', 3, 1_795_314_160)
    series.asked('a', 4, 1_795_314_160)
    const text = (await series.pieces()).join('')
    for (const [node, sum] of Object.entries({ a: 4, b: 2, c: 3 })) {
      expect(text).toContain(`metrics_server_kubelet_request_duration_seconds_sum{node="${node}"} ${sum}\n`)
      expect(text).toContain(`metrics_server_kubelet_request_duration_seconds_count{node="${node}"} 1\n`)
    }
  })

  it('of ten thousand nodes are written without holding up the event loop', async () => {
    const series = new NodeSeries()
    const nodes = Array.from({ length: 10_000 }, (_, i) => `node-${i}`)
    for (const node of nodes) series.asked(node, 0.02, 1_795_314_160)
    let turns = 0
    const beat = setInterval(() => turns++, 0)
    const text = (await series.pieces()).join('')
    clearInterval(beat)
    expect(turns).toBeGreaterThan(3)
    expect(text.match(/_count\{node="/g)).toHaveLength(10_000)
  })

  it('cannot be broken by a strange name', async () => {
    const series = new NodeSeries()
    series.asked('a"} 1\nfake 2', 1, 1_795_314_160)
    series.asked('__proto__', 1, 1_795_314_160)
    const text = (await series.pieces()).join('')
    expect(text).toContain('_sum{node="a\\"} 1\\nfake 2"} 1\n')
    expect(text).toContain('_sum{node="__proto__"} 1\n')
  })
})
