import { describe, expect, it } from 'vitest'
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts'
import { createRestClientMetrics } from '../../../src/telemetry/metrics/rest-client-metrics.ts'

function setUp() {
  const registry = new MetricsRegistry()
  const restClient = createRestClientMetrics(registry)
  const lines = async (start: string) => (await registry.text()).split('\n').filter((line) => line.startsWith(start))
  return { restClient, lines }
}

describe('a request to the apiserver', () => {
  it('is counted by status, with a word for no answer and one for what is no status', async () => {
    const { restClient, lines } = setUp()
    for (const status of [200, 200, undefined, 42, 99_999]) restClient.sent('10.0.0.1:443', 'GET', status)
    restClient.took('10.0.0.1:443', 'POST', 0.3)
    expect(await lines('rest_client_requests_total')).toEqual([
      'rest_client_requests_total{code="200",method="GET",host="10.0.0.1:443"} 2',
      'rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:443"} 1',
      'rest_client_requests_total{code="other",method="GET",host="10.0.0.1:443"} 2',
    ])
    const name = 'rest_client_request_duration_seconds'
    expect(await lines(name)).toHaveLength(12 + 3)
    expect(await lines(`${name}_bucket{verb="POST",host="10.0.0.1:443",le="0.5"}`)).toHaveLength(1)
  })
})
