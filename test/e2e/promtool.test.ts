import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { type ServerProcess, startServer, until } from '../system/server-process.ts'

const promtool = process.env.PROMTOOL ?? ''
const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Names that promtool does not like and that are Kubernetes' own (kubernetes/apiserver, pkg/endpoints/filters/metrics.go):
 * under better ones no dashboard would find them.
 */
const KUBERNETES_NAMES = new Set([
  'authenticated_user_requests counter metrics should have "_total" suffix',
  'authentication_attempts counter metrics should have "_total" suffix',
])

/** What promtool has against a text; an empty one when it does not even parse is a failure of its own. */
function complaintsAbout(text: string): string[] {
  const { status, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' })
  const errors = stderr.split('\n').filter((line) => line !== '')
  if (status !== 0 && errors.length === 0) return [`promtool ended with ${status}`]
  return errors.filter((line) => !KUBERNETES_NAMES.has(line))
}

const familiesIn = (text: string) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)

describe.skipIf(promtool === '')('promtool, on the built program', () => {
  let cluster: Cluster
  let server: ServerProcess
  beforeAll(async () => {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' })
    cluster = await startCluster({ nodes: 3, podsPerNode: 8 })
    server = await startServer(cluster, ['--expose-resource-metrics'], `${root}dist/main.js`)
    await until(
      () => server.names('pods'),
      (names) => names.length > 20,
      20_000,
    )
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    await cluster?.stop()
  })

  it('is content with /metrics', async () => {
    const { status, body } = await server.get('/metrics')
    expect(status).toBe(200)
    expect(complaintsAbout(body)).toEqual([])
    expect(familiesIn(body)).toEqual(expect.arrayContaining(['apiserver_request_total', 'rest_client_requests_total']))
    expect(body).toMatch(/^apiserver_request_total\{verb="LIST",.*resource="pods".*,code="200"\} [1-9]/m)
    expect(body).toMatch(/^rest_client_requests_total\{code="200",method="GET",host="127.0.0.1:\d+"\} [1-9]/m)
    expect(body).toMatch(/^authentication_attempts\{result="success"\} [1-9]/m)
    expect(body).toMatch(/^authentication_attempts_by_method_total\{method="certificate",result="success"\} [1-9]/m)
    expect(body).toMatch(/^authorization_attempts_total\{result="allowed"\} [1-9]/m)
  })

  it('is content with /metrics/resource, which has every node and every container', async () => {
    const { status, body } = await server.get('/metrics/resource')
    expect(status).toBe(200)
    expect(complaintsAbout(body)).toEqual([])
    for (const { name } of cluster.world.nodes.values()) {
      expect(body).toMatch(new RegExp(`^node_cpu_usage_seconds_total\\{node="${name}"\\} [\\d.e+-]+ \\d{13}$`, 'm'))
      expect(body).toContain(`resource_scrape_error{node="${name}"} 0\n`)
    }
    const pods = new Set([...body.matchAll(/^container_cpu_usage_seconds_total\{.*pod="([^"]+)"/gm)].map((m) => m[1]))
    const served = (await server.names('pods')).map((key) => key.split('/')[1])
    expect(served.filter((pod) => !pods.has(pod))).toEqual([])
  })

  it('sees what is wrong', () => {
    expect(complaintsAbout('# TYPE a counter\na 1\n').join()).toContain('_total')
    expect(complaintsAbout('a{b="c} 1\n')).toHaveLength(1)
  })
})
