import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { element, objectIdentifier, time } from '../../src/tls/der.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'

const NAMES = ['localhost', '127.0.0.1', '::1', 'metrics-server-7f', '2001:db8::1:0:2', '::ffff:10.0.0.1', 'localhost']

describe('a self-signed certificate', () => {
  const nowMs = Date.UTC(2026, 4, 5, 6, 7, 8)
  const { certPem, keyPem } = makeSelfSigned({ names: NAMES, nowMs })
  const certificate = new X509Certificate(certPem)

  it('is valid for its names, for servers, for a year', () => {
    expect(certificate.subject).toBe(`CN=localhost@${nowMs / 1000}`)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(certificate.ca).toBe(false)
    expect(certificate.validFromDate.toISOString()).toBe('2026-05-05T05:07:08.000Z')
    expect(certificate.validToDate.toISOString()).toBe('2027-05-05T05:07:08.000Z')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    for (const ip of ['127.0.0.1', '::1', '2001:db8::1:0:2']) expect(certificate.checkIP(ip)).toBe(ip)
    for (const host of ['localhost', 'metrics-server-7f']) expect(certificate.checkHost(host)).toBe(host)
    expect(certificate.checkHost('other')).toBeUndefined()
  })

  it('reads the same to a library that did not write it', async () => {
    const read = new x509.X509Certificate(certPem)
    expect(await read.verify({ date: new Date(nowMs) })).toBe(true)
    expect(read.extensions.map(({ type, critical }) => [type, critical])).toEqual([
      ['2.5.29.19', true],
      ['2.5.29.15', true],
      ['2.5.29.37', false],
      ['2.5.29.17', false],
      ['2.5.29.14', false],
    ])
    expect(read.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature)
    expect(read.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toHaveLength(6)
    expect(read.serialNumber).toMatch(/^[4-7][0-9a-f]{31}$/)
  })

  it('is never the same twice', () => {
    const serials = Array.from(
      { length: 5 },
      () => new X509Certificate(makeSelfSigned({ names: NAMES, nowMs }).certPem),
    )
    expect(new Set(serials.map(({ serialNumber }) => serialNumber)).size).toBe(5)
  })

  it('is taken by a client that trusts it', async () => {
    const pair = makeSelfSigned({ names: NAMES, nowMs: Date.now() })
    const server = tls.createServer({ cert: pair.certPem, key: pair.keyPem }, (socket) => socket.end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const client = tls.connect({ port, host: '127.0.0.1', ca: pair.certPem })
    await once(client, 'secureConnect')
    expect(client.authorized).toBe(true)
    client.destroy()
    server.close()
  })

  it('has its own key', () => {
    expect(keyPem).toContain('-----BEGIN PRIVATE KEY-----')
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })
})

describe('DER that is written', () => {
  it.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ])('an element of %i octets starts with %s', (length, start) => {
    const der = element(0x04, Buffer.alloc(length, 1))
    expect(der.toString('hex').slice(0, start.length)).toBe(start)
    expect(der.length).toBe(start.length / 2 + length)
  })

  it.each([
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['2.5.29.17', '0603551d11'],
    ['1.3.6.1.4.1.57683.2', '06092b0601040183c25302'],
  ])('%s is %s', (dotted, hex) => {
    expect(objectIdentifier(dotted).toString('hex')).toBe(hex)
  })

  it.each([
    ['2049-12-31T23:59:59.999Z', 0x17, '491231235959Z'],
    ['2050-01-01T00:00:00Z', 0x18, '20500101000000Z'],
  ])('%s is written as its year wants it', (date, tag, text) => {
    const der = time(Date.parse(date))
    expect([der[0], der.subarray(2).toString()]).toEqual([tag, text])
  })

  it('carries any IPv6 address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const { certPem } = makeSelfSigned({ names: [address], nowMs: Date.now() })
        expect(new X509Certificate(certPem).checkIP(address)).toBe(address)
      }),
      { numRuns: 100 },
    )
  })
})
