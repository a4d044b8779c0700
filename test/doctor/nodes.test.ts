import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { BAD, isForBoth } from './bad-nodes.ts'
import { diagnose, type Found } from './doctor-fixture.ts'

const nodeOf = (index: number): string => `node-${String(index + 2).padStart(2, '0')}`
const cases = BAD.map((bad, index) => [bad.what, nodeOf(index), bad] as const)

let cluster: Cluster
let found: Found
beforeAll(async () => {
  cluster = await startCluster({ nodes: BAD.length + 1, podsPerNode: 1 })
  for (const [, node, { is }] of cases) {
    const kubelet = cluster.kubelets.get(node)
    if (typeof is === 'string') await kubelet?.setCertificate(is)
    else if ('clockMs' in is) kubelet?.setClockOffset(is.clockMs)
    else await kubelet?.setFault(is)
  }
  found = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
})
afterAll(() => cluster.stop())

const checksOf = ({ report }: Found, node: string) => report.steps.filter(({ subject }) => subject === node)

describe('a node', () => {
  it.each(cases)('that %s (%s) is reported with how to fix it', (_, node, bad) => {
    const { check, status, says, fix } = bad
    const remarkable = checksOf(found, node).filter((one) => one.status === status)
    // A node that refuses both is reported with both.
    const others = isForBoth(bad) ? ['node-resource'] : []
    expect(remarkable.map((one) => one.check)).toEqual([`node-${check}`, ...others])
    expect(remarkable[0]?.message).toMatch(says)
    if (fix !== undefined) expect(remarkable[0]?.remedy).toMatch(fix)
  })

  it('that is well is reported check by check', () => {
    const port = cluster.kubelets.get('node-01')?.port
    expect(checksOf(found, 'node-01').map((one) => `${one.status} ${one.check}: ${one.message}`)).toEqual([
      `ok node-address: 127.0.0.1:${port} (InternalIP)`,
      'ok node-tcp: connected',
      expect.stringMatching(/^ok node-tls: DNS:node-01, issued by CN=kubernetes, until \d{4}-\d\d-\d\d$/),
      'ok node-authentication: accepted',
      'ok node-summary: /stats/summary answers',
      'ok node-resource: /metrics/resource answers',
      expect.stringMatching(/^ok node-clock: its clock agrees with ours \([+-]0\.\d s\)$/),
    ])
  })

  it('is checked no further than it can be reached', () => {
    expect(checksOf(found, nodeOf(0)).map(({ check }) => check)).toEqual(['node-address', 'node-tcp'])
    expect(checksOf(found, nodeOf(2)).map(({ check }) => check)).toEqual(['node-address', 'node-tcp', 'node-tls'])
  })

  it('comes in the order of the names, however long each takes', () => {
    const names = found.report.steps.filter(({ check }) => check === 'node-address').map(({ subject }) => subject)
    expect(names).toEqual([...cluster.kubelets.keys()].sort())
  })

  it('makes the whole report bad, and brings no token into it', () => {
    expect(found.code).toBe(1)
    expect(found.report.healthy).toBe(false)
    expect(found.out).not.toContain(cluster.access.serverToken)
    expect(found.out).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE|Bearer/)
  })
})

describe('a node that hangs', () => {
  const hanging = nodeOf(BAD.findIndex(({ what }) => what === 'does not answer in time'))

  it('in its answers is one cause', () => {
    const problems = found.report.problems.filter(({ subjects }) => subjects.includes(hanging))
    expect(problems).toMatchObject([{ check: 'node-summary', reason: 'timeout' }])
  })

  it('before it shakes hands is one cause, too', async () => {
    const down = nodeOf(0)
    const silent = net.createServer().listen(cluster.kubelets.get(down)?.port, '127.0.0.1')
    await once(silent, 'listening')
    const { report } = await diagnose(cluster, [`--node-selector=kubernetes.io/hostname=${down}`])
    silent.close()
    expect(report.problems.filter(({ subjects }) => subjects.includes(down))).toMatchObject([
      { check: 'node-tls', reason: 'timeout', message: expect.stringContaining('no whole answer within 1000 ms') },
    ])
  })
})

describe('a node, by the flags', () => {
  const withFlags = (...flags: string[]) => diagnose(cluster, [`--kubeconfig=${cluster.files.server}`, ...flags])

  it('is not well when the endpoint is missing that they ask for', async () => {
    const [, node] = cases.find(([, , { check, status }]) => check === 'resource' && status === 'note') ?? ['', '']
    const { report } = await withFlags('--kubelet-metrics-source=resource')
    const failed = report.steps.filter((one) => one.subject === node && one.status === 'failed')
    expect(failed.map(({ check }) => check)).toEqual(['node-resource'])
  })

  it('is taken as it is when nothing is to be verified', async () => {
    // An empty name is none.
    const { check } = await withFlags('--kubelet-insecure-tls', '--kubelet-certificate-authority=')
    expect(check('node-tls', nodeOf(3))).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('not verified, as the flags ask'),
    })
  })

  it('has no address when none is of a preferred type', async () => {
    const { check } = await withFlags('--kubelet-preferred-address-types=ExternalIP')
    expect(check('node-address', 'node-01')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('InternalIP=127.0.0.1'),
      remedy: expect.stringContaining('--kubelet-preferred-address-types'),
    })
  })

  it('is noted when only its second address answers', async () => {
    const { check } = await withFlags('--kubelet-preferred-address-types=Hostname,InternalIP')
    expect(check('node-address', 'node-01')).toMatchObject({
      status: 'note',
      message: expect.stringMatching(
        /^127\.0\.0\.1:\d+ \(InternalIP\), after node-01:\d+ \(Hostname\): cannot connect/,
      ),
    })
    expect(check('node-summary', 'node-01').status).toBe('ok')
  })

  it.each([
    'Hostname,InternalIP',
    'InternalIP,Hostname',
  ])('that is down is reported with both of its addresses (%s)', async (types) => {
    const { check } = await withFlags(
      `--kubelet-preferred-address-types=${types}`,
      `--node-selector=kubernetes.io/hostname=${nodeOf(0)}`,
    )
    const refused = String.raw`127\.0\.0\.1:\d+ \(InternalIP\): cannot connect \(ECONNREFUSED\)`
    expect(check('node-tcp', nodeOf(0))).toMatchObject({
      status: 'failed',
      // No DNS knows the Hostname, which tells nothing of the kubelet.
      message: expect.stringMatching(
        new RegExp(String.raw`^${refused}; also tried ${nodeOf(0)}:\d+ \(Hostname\): cannot`),
      ),
      remedy: expect.stringMatching(/is the kubelet running/),
    })
  })

  it('is only looked at when it is selected', async () => {
    const { report } = await withFlags('--node-selector=kubernetes.io/hostname=node-01')
    const nodes = report.steps.filter(({ check }) => check === 'node-address').map(({ subject }) => subject)
    expect(nodes).toEqual(['node-01'])
    expect((await withFlags('--node-selector=no=where')).check('nodes')).toMatchObject({ status: 'failed' })
  })

  it('is scraped at the path that its annotation names', async () => {
    const node = cluster.registry.get('nodes', '/node-01')
    if (node === undefined) throw new Error('no node-01')
    const annotations = { 'metrics.k8s.io/resource-metrics-path': '/metrics/elsewhere' }
    cluster.registry.put('nodes', { ...node, metadata: { ...node.metadata, annotations } })
    cluster.access.grant({ subjects: [SERVER_USER], verbs: ['get'], what: ['nodes/proxy'] })
    const { check } = await withFlags('--node-selector=kubernetes.io/hostname=node-01')
    expect(check('node-annotated', 'node-01')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('/metrics/elsewhere answered 404'),
    })
  })
})
