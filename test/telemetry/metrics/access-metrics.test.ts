import { describe, expect, it } from 'vitest'
import { createAccessMetrics } from '../../../src/telemetry/metrics/access-metrics.ts'
import { MetricsRegistry } from '../../../src/telemetry/metrics/registry.ts'

function setUp() {
  const registry = new MetricsRegistry()
  const access = createAccessMetrics(registry)
  const lines = async (start: string) => (await registry.text()).split('\n').filter((line) => line.startsWith(start))
  return { access, lines }
}

describe('the client of a request', () => {
  it('is counted without a name that came from outside', async () => {
    const { access, lines } = setUp()
    access.attempt('certificate', 'kubelet', 0.0001)
    access.attempt('token', 'alice@example.com', 0.02)
    access.attempt('token', 'system:serviceaccount:default:web', 0.02)
    access.attempt('token', undefined, 0.02)
    access.attempt('anonymous', 'system:anonymous', 0)
    const counted = async (name: string) => (await lines(name)).filter((line) => !line.endsWith(' 0'))
    expect(await counted('authenticated_user_requests')).toEqual([
      'authenticated_user_requests{username="kubelet"} 1',
      'authenticated_user_requests{username="email_id"} 1',
      'authenticated_user_requests{username="other"} 2',
    ])
    expect(await counted('authentication_attempts{')).toEqual([
      'authentication_attempts{result="success"} 4',
      'authentication_attempts{result="error"} 1',
    ])
    expect(await counted('authentication_attempts_by_method_total')).toEqual([
      'authentication_attempts_by_method_total{method="certificate",result="success"} 1',
      'authentication_attempts_by_method_total{method="token",result="success"} 2',
      'authentication_attempts_by_method_total{method="token",result="failure"} 1',
      'authentication_attempts_by_method_total{method="anonymous",result="success"} 1',
    ])
    expect(await counted('authentication_duration_seconds_sum{result="error"}')).toEqual([
      'authentication_duration_seconds_sum{result="error"} 0.02',
    ])
  })

  it('is counted by whether it may', async () => {
    const { access, lines } = setUp()
    for (const one of ['allowed', 'allowed', 'error', 'no-opinion'] as const) access.decided(one, 0.0015)
    expect(await lines('authorization_attempts_total')).toEqual([
      'authorization_attempts_total{result="allowed"} 2',
      'authorization_attempts_total{result="denied"} 0',
      'authorization_attempts_total{result="no-opinion"} 1',
      'authorization_attempts_total{result="error"} 1',
    ])
    expect(await lines('authorization_duration_seconds_bucket{result="allowed",le="0.001"}')).toEqual([
      'authorization_duration_seconds_bucket{result="allowed",le="0.001"} 0',
    ])
    expect(await lines('authorization_duration_seconds_bucket{result="allowed",le="0.002"}')).toEqual([
      'authorization_duration_seconds_bucket{result="allowed",le="0.002"} 2',
    ])
  })
})
