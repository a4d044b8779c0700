import { describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import { createAccounts } from '../../src/telemetry/accounts.ts'
import type { RequestKind } from '../../src/telemetry/request-accounts.ts'
import { createManualClock } from '../support/manual-clock.ts'

function setUp() {
  const clock = createManualClock({ wallMs: 1_795_314_160_900 })
  const accounts = createAccounts(clock)
  const registry = new Registry()
  for (const { metric } of accounts.families) registry.registerMetric(metric)
  const lines = async (start: string) => (await registry.metrics()).split('\n').filter((line) => line.startsWith(start))
  return { clock, accounts, lines }
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
    const { accounts, lines } = setUp()
    for (const status of [200, 200, 403]) accounts.requests.answered(PODS, status, 0.01)
    accounts.requests.answered({ ...PODS, verb: 'POST' }, 405, 0.001)
    expect(await lines('apiserver_request_total')).toEqual([
      `apiserver_request_total{${OF_PODS},code="200"} 2`,
      `apiserver_request_total{${OF_PODS},code="403"} 1`,
      `apiserver_request_total{${OF_PODS.replace('LIST', 'POST')},code="405"} 1`,
    ])
  })

  it("are timed and weighed in the apiserver's buckets, writing ones only timed", async () => {
    const { accounts, lines } = setUp()
    const posted = { ...PODS, verb: 'POST' }
    accounts.requests.answered(PODS, 200, 0.03)
    accounts.requests.sized(PODS, 1500)
    accounts.requests.answered(posted, 405, 0.001)
    accounts.requests.sized(posted, 10)
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

  it('in flight are told at their highest of the last second', async () => {
    const { clock, accounts, lines } = setUp()
    const readOnly = async () =>
      (await lines('apiserver_current_inflight_requests{request_kind="readOnly"}'))[0]?.at(-1)
    for (const count of [1, 2, 3, 2, 1]) accounts.requests.inFlight('readOnly', count)
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

describe('who asks', () => {
  it('is counted without a name that came from outside', async () => {
    const { accounts, lines } = setUp()
    const { access } = accounts
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
    expect(await counted('authentication_attempts')).toEqual([
      'authentication_attempts{result="success"} 4',
      'authentication_attempts{result="error"} 1',
    ])
    expect(await counted('metrics_server_authentication_attempts_total')).toEqual([
      'metrics_server_authentication_attempts_total{method="certificate",result="success"} 1',
      'metrics_server_authentication_attempts_total{method="token",result="success"} 2',
      'metrics_server_authentication_attempts_total{method="token",result="failure"} 1',
      'metrics_server_authentication_attempts_total{method="anonymous",result="success"} 1',
    ])
    expect(await counted('authentication_duration_seconds_sum{result="error"}')).toEqual([
      'authentication_duration_seconds_sum{result="error"} 0.02',
    ])
  })

  it('and whether they may', async () => {
    const { accounts, lines } = setUp()
    for (const one of ['allowed', 'allowed', 'error', 'no-opinion'] as const) accounts.access.decided(one, 0.0015)
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

describe('what is sent to the apiserver', () => {
  it('is counted by status, with a word for no answer and one for what is no status', async () => {
    const { accounts, lines } = setUp()
    for (const status of [200, 200, undefined, 42, 99_999]) accounts.restClient.sent('10.0.0.1:443', 'GET', status)
    accounts.restClient.took('10.0.0.1:443', 'POST', 0.3)
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
