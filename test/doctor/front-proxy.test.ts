import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthority } from '../../certs/authority.ts'
import { SERVER_USER } from '../../sim/access/rules.ts'
import { authenticationConfigMap } from '../../sim/apiserver/objects.ts'
import { type Cluster, startCluster } from '../../sim/cluster.ts'
import { makeRoot } from '../support/certificate-maker.ts'
import { diagnose, doctor } from './doctor-fixture.ts'

const KEY = 'kube-system/extension-apiserver-authentication'

let cluster: Cluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, podsPerNode: 1 })
})
afterEach(() => cluster.stop())

function setData(change: Readonly<Record<string, string | undefined>>): void {
  const { certPem } = cluster.authorities.cluster
  const whole = authenticationConfigMap(certPem, certPem, 0)
  cluster.registry.put('configmaps', { ...whole, data: { ...(whole.data as object), ...change } })
}

describe('the front-proxy configuration', () => {
  it('is reported with its authority and names', async () => {
    const { check } = await diagnose(cluster)
    expect(check('front-proxy')).toMatchObject({
      status: 'ok',
      subject: KEY,
      message: expect.stringMatching(/^CA CN=front-proxy-ca until \d{4}-\d\d-\d\d, for front-proxy-client$/),
    })
  })

  it('may be missing', async () => {
    cluster.registry.delete('configmaps', KEY)
    const { code, check } = await diagnose(cluster)
    expect(code).toBe(1)
    expect(check('front-proxy')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('does not exist'),
      remedy: expect.stringContaining('--requestheader-client-ca-file'),
    })
  })

  it('may name no authority', async () => {
    setData({ 'requestheader-client-ca-file': undefined })
    const { check } = await diagnose(cluster)
    expect(check('front-proxy')).toMatchObject({
      status: 'failed',
      message: 'the configmap has no requestheader-client-ca-file',
    })
  })

  it('may be malformed', async () => {
    setData({ 'requestheader-allowed-names': '{' })
    const { check } = await diagnose(cluster)
    expect(check('front-proxy')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('requestheader-allowed-names'),
    })
  })

  describe('that allows any name', () => {
    const ANYBODY = /any name .* may claim to be anybody/
    const pem = (name: string) => readFileSync(name, 'utf8')

    it.each([
      ['is worth a note when its CA is that of the clients', async () => pem(cluster.files.clusterCa), 'note'],
      ['is fine with a CA of its own', async () => (await createAuthority('front-proxy-ca')).certPem, 'ok'],
    ])('%s', async (_, ca, status) => {
      setData({ 'requestheader-client-ca-file': await ca(), 'requestheader-allowed-names': '[]' })
      const { check } = await diagnose(cluster)
      expect(check('front-proxy').status).toBe(status)
      expect(ANYBODY.test(check('front-proxy').message)).toBe(status === 'note')
    })

    it('is worth a note when its CA has signed that of the clients', async () => {
      const root = await makeRoot('root')
      const clients = await root.sign({ subject: [{ CN: ['clients'] }], authority: true })
      const names = { 'requestheader-allowed-names': '[]' }
      setData({ ...names, 'requestheader-client-ca-file': root.certPem, 'client-ca-file': clients.certPem })
      expect((await diagnose(cluster)).check('front-proxy').message).toMatch(ANYBODY)
      setData({ ...names, 'requestheader-client-ca-file': clients.certPem, 'client-ca-file': root.certPem })
      expect((await diagnose(cluster)).check('front-proxy').message).not.toMatch(ANYBODY)
    })

    it('is worth a note when the flags make it so, and none when they name names', async () => {
      const flags = [`--requestheader-client-ca-file=${cluster.files.clusterCa}`]
      expect((await diagnose(cluster, flags)).check('front-proxy').message).toMatch(ANYBODY)
      flags.push('--requestheader-allowed-names=front-proxy-client')
      expect((await diagnose(cluster, flags)).check('front-proxy').message).not.toMatch(ANYBODY)
    })

    it('is not looked for in a CA file that cannot be read: that is said', async () => {
      const { code, err } = await doctor([`--kubeconfig=${cluster.files.admin}`, '--client-ca-file=/nowhere/ca.crt'])
      expect(code).toBe(2)
      expect(err).toContain('/nowhere/ca.crt cannot be read')
    })
  })

  it('may have ended', async () => {
    const { issue } = await createAuthority('old')
    const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-02-03') }
    const { certPem } = await issue({ commonName: 'old-front-proxy', usage: 'client', ...past })
    setData({ 'requestheader-client-ca-file': certPem })
    const { check } = await diagnose(cluster)
    expect(check('front-proxy')).toMatchObject({ status: 'failed', message: expect.stringContaining('2021-02-03') })
  })

  it('may not be ours to read: then the right is what is missing', async () => {
    cluster.access.revoke(SERVER_USER)
    const { code, check } = await diagnose(cluster, [`--kubeconfig=${cluster.files.server}`])
    expect(code).toBe(1)
    expect(check('front-proxy')).toMatchObject({
      status: 'skipped',
      remedy: expect.stringContaining('metrics-server-auth-reader'),
    })
    expect(check('right', 'list configmaps extension-apiserver-authentication in kube-system')).toMatchObject({
      status: 'failed',
    })
  })

  it('does not matter when the flags say whom to believe, or not to look', async () => {
    cluster.registry.delete('configmaps', KEY)
    const given = await diagnose(cluster, [`--requestheader-client-ca-file=${cluster.files.clusterCa}`])
    expect(given.check('front-proxy').status).toBe('note')
    const skipped = await diagnose(cluster, ['--authentication-skip-lookup'])
    expect(skipped.check('front-proxy').status).toBe('ok')
  })
})
