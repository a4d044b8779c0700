import { describe, expect, it } from 'vitest'
import type { RequestKind } from '../../../src/api/options.ts'
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts'
import { createRequestMetrics } from '../../../src/telemetry/metrics/request-metrics.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const registry = new MetricsRegistry()
  const clock = createManualClock({ wallMs: 1_795_314_160_900 })
  const requests = createRequestMetrics(registry, clock)
  const lines = async (start: string) => (await registry.text()).split('\n').filter((line) => line.startsWith(start))
  return { clock, requests, lines }
}

const PODS: RequestKind = {
  verb: 'LIST',
  dryRun: '',
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  resource: 'pods',
  subresource: '',
  scope: 'namespace',
  component: 'apiserver',
}
const OF_PODS =
  'verb="LIST",dry_run="",group="metrics.k8s.io",version="v1beta1",resource="pods",subresource="",scope="namespace",component="apiserver"'

describe('requests', () => {
  it('are counted by kind and status', async () => {
    const { requests, lines } = setUp()
    for (const status of [200, 200, 403]) requests.answered(PODS, status, 0.01)
    requests.answered({ ...PODS, verb: 'POST' }, 405, 0.001)
    expect(await lines('apiserver_request_total')).toEqual([
      `apiserver_request_total{${OF_PODS},code="200"} 2`,
      `apiserver_request_total{${OF_PODS},code="403"} 1`,
      `apiserver_request_total{${OF_PODS.replace('LIST', 'POST')},code="405"} 1`,
    ])
  })

  it("are timed and weighed in the apiserver's buckets, writing ones only timed", async () => {
    const { requests, lines } = setUp()
    const posted = { ...PODS, verb: 'POST' }
    requests.answered(PODS, 200, 0.03)
    requests.sized(PODS, 1500)
    requests.answered(posted, 405, 0.001)
    requests.sized(posted, 10)
    const name = 'apiserver_request_duration_seconds'
    const ofPods = (await lines(name)).filter((line) => line.includes('LIST'))
    expect(ofPods).toHaveLength(23 + 3)
    expect(ofPods).toContain(`${name}_bucket{${OF_PODS},le="0.025"} 0`)
    expect(ofPods).toContain(`${name}_bucket{${OF_PODS},le="0.05"} 1`)
    expect(ofPods).toContain(`${name}_bucket{${OF_PODS},le="+Inf"} 1`)
    expect(ofPods).toContain(`${name}_sum{${OF_PODS}} 0.03`)
    const sizes = await lines('apiserver_response_sizes')
    expect(sizes.some((line) => line.includes('POST'))).toBe(false)
    expect(sizes.map((line) => /le="([^"]+)"\} (.*)/.exec(line)?.slice(1)).filter(Boolean)).toEqual([
      ['1000', '0'],
      ...['10000', '100000', '1000000', '10000000', '100000000', '1000000000', '+Inf'].map((le) => [le, '1']),
    ])
  })

  it('in flight are reported at their highest of the last second', async () => {
    const { clock, requests, lines } = setUp()
    const readOnly = async () =>
      (await lines('apiserver_current_inflight_requests{request_kind="readOnly"}'))[0]?.at(-1)
    for (const count of [1, 2, 3, 2, 1]) requests.inFlight('readOnly', count)
    expect(await readOnly()).toBe('3')
    await clock.advance(1000)
    expect(await readOnly()).toBe('3')
    await clock.advance(1000)
    expect(await readOnly()).toBe('1')
    expect(await lines('apiserver_current_inflight_requests{request_kind="mutating"}')).toEqual([
      'apiserver_current_inflight_requests{request_kind="mutating"} 0',
    ])
  })
})
