import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, createAuthority, type LeafRequest } from '../../../certs/authority.ts'
import { KEY, newKeys, serialNumber } from '../../../certs/keys.ts'
import { certificateFault, matchesHost } from '../../../src/kubelet/client/certificate.ts'
import { clientFor, LOOPBACK, nodeAt, startKubelet } from './fake-kubelet.ts'

let ca: Authority
beforeAll(async () => {
  ca = await createAuthority('cluster-ca')
})

describe('a name of a certificate', () => {
  it.each([
    ['node-1', 'node-1', true],
    ['NODE-1.lan', 'node-1.LAN', true],
    ['*.lan', 'x.lan', true],
    ['*.nodes.lan', 'x.nodes.lan', true],
    ['*.lan', 'x.lan.', true],
    ['node_1', 'node_1', true],
    ['*.lan', 'lan', false],
    ['*.lan', 'x.y.lan', false],
    ['*.*.lan', 'x.y.lan', false],
    ['x.*.lan', 'x.y.lan', false],
    ['n*.lan', 'n1.lan', false],
    ['*', 'lan', false],
    ['*', '*', true],
    ['lan.', 'lan', false],
    ['lan.', 'lan.', true],
    ['-x.lan', '-x.lan', true],
    ['.lan', 'x.lan', false],
    ['', '', false],
    ['.', '.', false],
    ['xn--nxasmq6b.lan', 'xn--nxasmq6b.lan', true],
  ])('%j stands for %j as in Go: %s', (pattern, host, expected) => {
    expect(matchesHost(pattern, host)).toBe(expected)
  })
})

/** What is wrong with a certificate for these names, when `host` is connected to; the code and the message. */
async function faultOf(names: Pick<LeafRequest, 'dns' | 'ips'>, host: string, nodeName = 'no-such-node') {
  const { certPem } = await ca.issue({ commonName: 'x', usage: 'server', ...names })
  const isOwn = () => false
  const fault = certificateFault(new X509Certificate(certPem), {
    host,
    nodeName,
    unverified: undefined,
    insecure: false,
    isOwn,
  })
  return fault === undefined ? undefined : `${fault.code}: ${fault.message}`
}

describe('a certificate', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '::ffff:10.0.0.1'],
    ['10.0.0.1', '::FFFF:a00:1'],
    ['10.0.0.1', '0:0:0:0:0:ffff:0a00:0001'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['fd00::1', 'fd00:0:0::1'],
  ])('for %s is for %s', async (ip, address) => {
    expect(await faultOf({ ips: [ip] }, address)).toBeUndefined()
  })

  it.each([
    ['10.0.0.1', '::10.0.0.1'],
    ['10.0.0.1', '10.0.0.2'],
    ['fd00::1', 'fd00::2'],
  ])('for %s is not for %s', async (ip, address) => {
    expect(await faultOf({ ips: [ip] }, address)).toMatch(/^WRONG_NAME/)
  })

  it('is not for an address that it has for a DNS name', async () => {
    expect(await faultOf({ dns: ['10.0.0.1'] }, '10.0.0.1')).toMatch(/^WRONG_NAME/)
  })

  it.each([
    'a, DNS:node-1',
    'a", DNS:node-1',
    'a\u0000, DNS:node-1',
  ])('with the one name %j is not for node-1', async (dns) => {
    expect(await faultOf({ dns: [dns] }, '10.0.0.1', 'node-1')).toMatch(/^WRONG_NAME/)
  })

  it('with many names is reported by its cause first, and by a few of the names', async () => {
    const dns = Array.from({ length: 40 }, (_, i) => `name-${i}`)
    expect(await faultOf({ dns }, '10.0.0.1')).toBe(
      'WRONG_NAME: the certificate is not for 10.0.0.1 or no-such-node (WRONG_NAME): its names are DNS:name-0, DNS:name-1, DNS:name-2, DNS:name-3, DNS:name-4 and 35 more, its issuer is CN=cluster-ca',
    )
  })
})

/** A CA's certificate with an RSA key that nobody made: nothing can be signed with it, and nothing is verified with it. */
async function withKey(bits: number, exponent: Buffer): Promise<string> {
  const modulus = Buffer.alloc(bits / 8, 0xaa)
  modulus[modulus.length - 1] = 0xab
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') }
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=large',
    issuer: 'CN=large',
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    publicKey: await crypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']),
    signingKey: (await newKeys()).privateKey,
    signingAlgorithm: KEY,
  })
  return certificate.toString('pem')
}

describe('an RSA key that is larger than any in use', () => {
  const E_17 = Buffer.from([1, 0, 1])
  it.each([
    ['a modulus of 8200 bits', 8200, E_17, /RSA key of 8200 bits, more than 8192/],
    ['a modulus of 16384 bits', 16_384, E_17, /RSA key of 16384 bits/],
    ['an exponent of 33 bits', 2048, Buffer.from([1, 0, 0, 0, 1]), /exponent has more than 32 bits/],
  ])('%s, also above the leaf and where nothing is verified, is refused before a credential is sent', async (_, bits, exponent, what) => {
    const leaf = await ca.issue({ commonName: 'x', dns: ['node-1'], usage: 'server' })
    const kubelet = await startKubelet({ ...leaf, certPem: `${leaf.certPem}\n${await withKey(bits, exponent)}\n` })
    for (const insecure of [false, true]) {
      const tls = { insecure, ca: insecure ? undefined : ca.certPem, cert: undefined, key: undefined }
      const client = clientFor(kubelet, ca, { tls })
      expect(await client.failure()).toMatchObject({ reason: 'tls', what: expect.stringMatching(what) })
      await client.close()
    }
    expect(kubelet.asked).toEqual([])
    await kubelet.close()
  })

  it('8192 bits are not', async () => {
    const leaf = await ca.issue({ commonName: 'x', dns: ['node-1'], usage: 'server' })
    const kubelet = await startKubelet({ ...leaf, certPem: `${leaf.certPem}\n${await withKey(8192, E_17)}\n` })
    const client = clientFor(kubelet, ca)
    await client.scrape(LOOPBACK)
    await client.close()
    await kubelet.close()
  })
})

describe('the address of this server itself', () => {
  it('is reported as such when its own certificate is shown there', async () => {
    const own = await ca.issue({ commonName: 'metrics-server', dns: ['metrics-server'], usage: 'server' })
    const kubelet = await startKubelet(own)
    const { raw } = new X509Certificate(own.certPem)
    const client = clientFor(kubelet, ca, { isOwnCertificate: (certificate) => certificate.raw.equals(raw) })
    expect(await client.failure()).toMatchObject({
      reason: 'tls',
      what: expect.stringContaining("this server's own: it has reached itself"),
      remedy: expect.stringMatching(/hostNetwork.*10250.*Fargate.*--secure-port/),
    })
    await client.close()
    await kubelet.close()
  })

  it('is guessed at when an API server made the certificate for itself', async () => {
    const replica = await createAuthority('localhost@1790000000')
    const kubelet = await startKubelet(await replica.issue({ commonName: 'x', dns: ['localhost'], usage: 'server' }))
    const client = clientFor(kubelet, ca)
    expect(await client.failure()).toMatchObject({ remedy: expect.stringContaining('replica of it') })
    await client.close()
    await kubelet.close()
  })
})

it('an IPv4 address that is mapped into IPv6 is connected to and verified as what it is', async () => {
  const kubelet = await startKubelet(await ca.issue({ commonName: 'x', ips: ['127.0.0.1'], usage: 'server' }))
  const client = clientFor(kubelet, ca)
  const { sample } = await client.scrape(nodeAt([{ type: 'InternalIP', address: '::ffff:7f00:1' }]))
  expect(sample.nodeName).toBe('node-1')
  expect(kubelet.headers[0]?.host).toBe(`127.0.0.1:${kubelet.port}`)
  await client.close()
  await kubelet.close()
})
