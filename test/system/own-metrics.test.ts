import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serviceAccount } from '../../sim/access/authenticate.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { find, parseManifests } from '../support/manifests.ts'
import { type ServerProcess, startServer, until } from './server-process.ts'

const RBAC = readFileSync(new URL('../../manifests/monitoring/rbac.yaml', import.meta.url), 'utf8')
const PATHS = ['/metrics', '/metrics/resource']

let cluster: Cluster
let server: ServerProcess

/** As Prometheus does: with the token of its ServiceAccount. */
async function scrape(path: string, token: string): Promise<{ status: number; text: string }> {
  const headers = { authorization: `Bearer ${token}` }
  const options = { host: '127.0.0.1', port: server.port, path, headers, rejectUnauthorized: false }
  const [response] = await once(https.get(options), 'response')
  return { status: response.statusCode, text: Buffer.concat(await response.toArray()).toString() }
}

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, podsPerNode: 4 })
  server = await startServer(cluster, ['--expose-resource-metrics'])
  await until(
    () => server.names('nodes'),
    (names) => names.length === 3,
    20_000,
  )
})
afterAll(async () => {
  await server?.stop()
  await cluster?.stop()
})

describe('Prometheus', () => {
  const token = (name: string) => cluster.access.newToken(serviceAccount('monitoring', name))

  it('may scrape with the role of manifests/monitoring, and not without', async () => {
    const manifests = parseManifests(RBAC)
    const [rule] = find(manifests, 'ClusterRole', 'metrics-server-metrics-reader').rules as {
      nonResourceURLs: string[]
      verbs: string[]
    }[]
    const [subject] = find(manifests, 'ClusterRoleBinding', 'metrics-server-metrics-reader').subjects as {
      namespace: string
      name: string
    }[]
    if (rule === undefined || subject === undefined) throw new Error('the role or its binding is empty')
    const user = `system:serviceaccount:${subject.namespace}:${subject.name}`
    cluster.access.grant({ subjects: [user], verbs: rule.verbs, what: rule.nonResourceURLs })
    const statuses = async (account: string) => {
      const own = token(account)
      return Promise.all(PATHS.map(async (path) => (await scrape(path, own)).status))
    }
    expect(await statuses(subject.name)).toEqual([200, 200])
    expect(await statuses('somebody-else')).toEqual([403, 403])
  })

  it('has what was requested of the server, by whom and with what outcome', async () => {
    await server.get('/apis/metrics.k8s.io/v1beta1/namespaces/default/pods')
    await scrape('/metrics', 'of nobody')
    await scrape('/metrics', token('without-rights'))
    const { body } = await server.get('/metrics')
    const value = (series: RegExp) => Number(new RegExp(`^${series.source} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
    const pods =
      /apiserver_request_total\{verb="LIST",[^}]*resource="pods",subresource="",scope="namespace",[^}]*code="200"\}/
    expect(value(pods)).toBe(1)
    expect(value(/apiserver_request_total\{verb="GET",[^}]*subresource="\/metrics",[^}]*code="401"\}/)).toBe(1)
    expect(value(/apiserver_request_total\{verb="GET",[^}]*subresource="\/metrics",[^}]*code="403"\}/)).toBeGreaterThan(
      0,
    )
    expect(value(/authentication_attempts\{result="error"\}/)).toBe(1)
    expect(value(/authentication_attempts_by_method_total\{method="token",result="failure"\}/)).toBe(1)
    expect(value(/authentication_attempts_by_method_total\{method="certificate",result="success"\}/)).toBeGreaterThan(0)
    expect(value(/authorization_attempts_total\{result="no-opinion"\}/)).toBeGreaterThan(0)
    expect(value(/apiserver_current_inflight_requests\{request_kind="readOnly"\}/)).toBeGreaterThan(0)
    const { host } = new URL(cluster.apiserver.url)
    expect(value(new RegExp(`rest_client_requests_total\\{code="200",method="GET",host="${host}"\\}`))).toBeGreaterThan(
      0,
    )
    expect(
      value(new RegExp(`rest_client_requests_total\\{code="20[01]",method="POST",host="${host}"\\}`)),
    ).toBeGreaterThan(1)
    expect(value(/nodejs_eventloop_delay_seconds_count/)).toBeGreaterThan(10)
  })

  it('finds exactly the names of the Go server among those that begin with metrics_server_', async () => {
    const { body } = await server.get('/metrics')
    const names = [...body.matchAll(/^(metrics_server_\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})? \S+$/gm)]
    // kubernetes-sigs/metrics-server, test/e2e_test.go: "exposes prometheus metrics".
    expect([...new Set(names.map(([, name]) => name))].sort()).toEqual([
      'metrics_server_api_metric_freshness_seconds',
      'metrics_server_kubelet_last_request_time_seconds',
      'metrics_server_kubelet_request_duration_seconds',
      'metrics_server_kubelet_request_total',
      'metrics_server_manager_tick_duration_seconds',
      'metrics_server_storage_points',
    ])
  })

  it('has which node fails, and why', async () => {
    const [name = ''] = cluster.world.nodes.keys()
    await cluster.kubelets.get(name)?.setFault({ kind: 'status', status: 500 })
    const { body } = await until(
      () => server.get('/metrics'),
      (reply) => reply.body.includes('kubelet_scrape_failing{'),
      30_000,
    )
    expect(body).toMatch(new RegExp(`^kubelet_scrape_failing\\{node="${name}",cause="[a-z0-9-]+"\\} 1$`, 'm'))
    expect(body.match(/^kubelet_scrape_failing\{/gm)).toHaveLength(1)
  })
})

describe('the metrics of kubelets', () => {
  it('are told of every container, as the kubelet has them', async () => {
    const { body } = await server.get('/metrics/resource')
    const series = [...body.matchAll(/^container_cpu_usage_seconds_total\{(.*)\} (\S+) (\d+)$/gm)]
    expect(series.length).toBeGreaterThan(8)
    for (const [, , seconds, timestampMs] of series) {
      expect(Number(seconds)).toBeGreaterThanOrEqual(0)
      expect(Math.abs(Date.now() - Number(timestampMs))).toBeLessThan(60_000)
    }
    for (const name of cluster.world.nodes.keys()) {
      expect(body).toMatch(new RegExp(`^node_memory_working_set_bytes\\{node="${name}"\\} \\d+ \\d{13}$`, 'm'))
    }
  })
})
