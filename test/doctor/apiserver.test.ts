import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { writeKubeconfig } from '../../sim/kubeconfig.ts'
import { diagnose, doctor } from './doctor-fixture.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
})
afterAll(() => cluster.stop())

describe('the apiserver', () => {
  it('is named with its version, its clock and whom it takes us for', async () => {
    const { check } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    expect(check('apiserver')).toMatchObject({
      status: 'ok',
      subject: cluster.apiserver.url,
      message: 'answers, v1.36.2',
    })
    expect(check('apiserver-clock').status).toBe('ok')
    expect(check('identity')).toMatchObject({ status: 'ok', message: SERVER_USER })
  })

  it('is named without a name and a password that its URL has', async () => {
    const url = cluster.apiserver.url.replace('://', '://me:s3cret@')
    const where = { url, caPem: cluster.authorities.cluster.certPem }
    const credentials = { token: cluster.access.serverToken }
    const kubeconfig = await writeKubeconfig(cluster.files.directory, 'with-password', where, credentials)
    const { out, err, check } = await diagnose(cluster, [`--kubeconfig=${kubeconfig}`])
    expect(check('apiserver').subject).toBe(cluster.apiserver.url)
    expect(out + err).not.toContain('s3cret')
  })

  it('that is not there is all that can be said', async () => {
    await cluster.apiserver.goAway()
    const { code, check, report } = await diagnose(cluster)
    await cluster.apiserver.comeBack()
    expect(code).toBe(1)
    expect(check('apiserver')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('ECONNREFUSED'),
      remedy: expect.stringContaining('reachable'),
    })
    expect(report.counts.failed).toBe(1)
    expect(report.counts.skipped).toBe(11)
  })

  it('that another authority signed is not believed', async () => {
    const { certPem } = await createAuthority('another')
    const kubeconfig = await writeKubeconfig(
      cluster.files.directory,
      'another-ca',
      { url: cluster.apiserver.url, caPem: certPem },
      { token: cluster.access.serverToken },
    )
    const { code, check } = await diagnose(cluster, [`--kubeconfig=${kubeconfig}`])
    expect(code).toBe(1)
    expect(check('apiserver')).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('certificate authority'),
    })
  })

  it('that does not accept the token says so', async () => {
    const { url } = cluster.apiserver
    const where = { url, caPem: cluster.authorities.cluster.certPem }
    const kubeconfig = await writeKubeconfig(cluster.files.directory, 'stale', where, { token: 'nobodys-token' })
    const { code, check, out } = await diagnose(cluster, [`--kubeconfig=${kubeconfig}`])
    expect(code).toBe(1)
    expect(check('apiserver')).toMatchObject({ status: 'failed', remedy: expect.stringContaining('credentials') })
    expect(out).not.toContain('nobodys-token')
  })

  it('that fails at everything is reported with its status', async () => {
    cluster.apiserver.failWith(500)
    const { check } = await diagnose(cluster)
    cluster.apiserver.failWith(undefined)
    expect(check('apiserver')).toMatchObject({ status: 'failed', message: expect.stringContaining('500') })
  })

  it('that no flag names is the one thing reported', async () => {
    const { code, out } = await doctor([])
    expect(code).toBe(1)
    expect(out).toMatch(
      /^failed {3}apiserver: .*not running inside a cluster\n {9}therefore identity, .* cannot be checked\n {9}=> give --kubeconfig/m,
    )
    expect(out).not.toMatch(/^skipped/m)
  })

  it('cannot be read with a kubeconfig that is none', async () => {
    const file = join(cluster.files.directory, 'rubbish')
    await writeFile(file, 'secret: [')
    const { code, check } = await diagnose(cluster, [`--kubeconfig=${file}`])
    expect(code).toBe(1)
    expect(check('apiserver')).toMatchObject({ status: 'failed', message: expect.stringContaining(file) })
  })
})
