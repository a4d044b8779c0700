import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import type { KubeletCertificate } from '../../sim/kubelet/certificate.ts'
import type { KubeletFault } from '../../sim/kubelet/faults.ts'
import { secretsOf, type ServerProcess, startServer, until, untilReady } from './server-process.ts'

const GOOD = ['node-01', 'node-02']
const status = (code: number): KubeletFault => ({ kind: 'status', status: code })

/** What is wrong with a node, and what its one line in the log says of it. */
const BAD: readonly [node: string, fault: KubeletFault | KubeletCertificate, says: RegExp][] = [
  ['node-03', { kind: 'hang' }, /no whole answer within 2000 ms.*--kubelet-request-timeout/],
  ['node-04', { kind: 'refuse' }, /ECONNREFUSED/],
  ['node-05', status(401), /401.*token/],
  ['node-06', status(403), /403.*nodes\/stats/],
  ['node-07', status(500), /500/],
  ['node-08', { kind: 'cut' }, /broke while reading the answer/],
  ['node-09', { kind: 'garbage' }, /stats\/summary/],
  ['node-10', { kind: 'endless' }, /longer than \d+ bytes/],
  ['node-11', 'wrong-name', /not-node-11.*--kubelet-/],
  ['node-12', 'self-signed', /serverTLSBootstrap.*--kubelet-insecure-tls/],
  ['node-13', 'expired', /CERT_HAS_EXPIRED.*rotateCertificates/],
  ['node-14', { kind: 'redirect', location: '' }, /30\d/],
]

let cluster: Cluster
let server: ServerProcess

beforeAll(async () => {
  const certificates = new Map(BAD.flatMap(([node, fault]) => (typeof fault === 'string' ? [[node, fault]] : [])))
  cluster = await startCluster({
    nodes: BAD.length + GOOD.length,
    podsPerNode: 2,
    certificateOf: (node) => certificates.get(node) ?? 'node-name',
  })
  const elsewhere = `https://127.0.0.1:${cluster.kubelets.get('node-01')?.port}/stolen`
  for (const [node, fault] of BAD) {
    if (typeof fault === 'string') continue
    await cluster.kubelets.get(node)?.setFault(fault.kind === 'redirect' ? { ...fault, location: elsewhere } : fault)
  }
  server = await startServer(cluster, ['-v=10'])
  await until(
    async () => linesOf('node-03').length,
    (lines) => lines > 0,
  )
  await untilReady(server)
})
afterAll(async () => {
  await server.stop()
  await cluster.stop()
})

const linesOf = (node: string) =>
  server
    .log()
    .split('\n')
    .filter((line) => /^E/.test(line) && line.includes(node))

describe('kubelets that do wrong', () => {
  it('cost only their own nodes', async () => {
    expect(await server.names('nodes')).toEqual(GOOD)
    await until(
      () => server.names('pods'),
      (names) => names.length === 2 * GOOD.length,
    )
  })

  it.each(BAD)('%s, which does %j, is told in one line', (node, _, says) => {
    const lines = linesOf(node)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(says)
    expect(lines[0]).toContain(`127.0.0.1:${cluster.kubelets.get(node)?.port}`)
  })

  it('do not make the server follow them elsewhere', () => {
    expect([...(cluster.kubelets.get('node-01')?.asked.keys() ?? [])].join()).not.toContain('stolen')
  })

  it('leave the server small, alive and ready', async () => {
    expect((await server.get('/livez')).status).toBe(200)
    expect((await server.get('/readyz')).status).toBe(200)
    const resident = /^process_resident_memory_bytes (\S+)/m.exec((await server.get('/metrics')).body)?.[1]
    expect(Number(resident)).toBeLessThan(400e6)
  })

  it('are served again once they answer', { timeout: 40_000 }, async () => {
    await cluster.kubelets.get('node-04')?.setFault(undefined)
    await until(
      () => server.names('nodes'),
      (names) => names.includes('node-04'),
      30_000,
    )
    expect(server.log()).toMatch(/"Recovered" fault="node\/node-04"/)
  })

  it('bring no token into the log, however much is logged', async () => {
    const secrets = await secretsOf(cluster.files.server)
    expect(secrets.length).toBeGreaterThan(0)
    for (const secret of secrets) expect(server.log()).not.toContain(secret)
    expect(server.log()).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/)
  })
})
