import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCertificate } from '../../src/tls/certificate.ts'
import { findChains, holdsAt, MAX_SIGNATURE_CHECKS, type Purpose } from '../../src/tls/chain.ts'
import { clientShape, type Made, makeRoot, SERVER_AUTH, type Shape, selfSigned } from '../support/certificate-maker.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import {
  authority,
  commonName,
  enormousKey,
  extensions,
  type Fields,
  rawCertificate,
  spkiOf,
} from '../support/raw-certificate.ts'

const DAY_MS = 86_400_000
const NOW = Date.now()
const CA: Partial<Shape> = { authority: true }
const { keyCertSign, digitalSignature } = x509.KeyUsageFlags

const read = (made: Made) => readCertificate(new X509Certificate(made.certPem))
const trusted = (leaf: Made, intermediates: Made[], roots: Made[]): boolean =>
  holdsAt(findChains(read(leaf), intermediates.map(read), roots.map(read), 'client'), NOW)

const named = (name: string, rest: Partial<Shape> = {}): Shape => ({ subject: [{ CN: [name] }], ...rest })
/** A critical extension that nobody knows. */
const unknown = (critical: boolean) => new x509.Extension('1.2.3.4.5', critical, new Uint8Array([5, 0]))

let root: Made
beforeAll(async () => {
  root = await makeRoot('root')
})

describe('a leaf directly under the root', () => {
  it.each<[string, boolean, Partial<Shape>]>([
    ['for clients is trusted', true, {}],
    ['for no usage in particular is trusted', true, { extendedKeyUsages: [] }],
    ['for any usage is trusted', true, { extendedKeyUsages: ['2.5.29.37.0'] }],
    ['for clients and servers is trusted', true, { extendedKeyUsages: [SERVER_AUTH, '1.3.6.1.5.5.7.3.2'] }],
    ['for servers only is not', false, { extendedKeyUsages: [SERVER_AUTH] }],
    ['that has expired is not', false, { notAfter: new Date(NOW - 60_000) }],
    ['that is not valid yet is not', false, { notBefore: new Date(NOW + 60_000) }],
    ['with a critical extension that nobody knows is not', false, { extensions: [unknown(true)] }],
    ['with an extension that nobody knows is trusted', true, { extensions: [unknown(false)] }],
    ['signed with SHA-1 is not', false, { signatureHash: 'SHA-1' }],
  ])('%s', async (_, expected, shape) => {
    const leaf = await root.sign({ ...clientShape('alice'), ...shape })
    expect(trusted(leaf, [], [root])).toBe(expected)
  })
})

describe('an intermediate', () => {
  it.each<[string, boolean, Partial<Shape>]>([
    ['that is an authority passes trust on', true, CA],
    ['that may sign certificates passes it on', true, { ...CA, keyUsage: keyCertSign }],
    ['that may not sign certificates does not', false, { ...CA, keyUsage: digitalSignature }],
    ['that is a leaf does not', false, { authority: false }],
    ['without basic constraints does not', false, {}],
    ['for servers only does not', false, { ...CA, extendedKeyUsages: [SERVER_AUTH] }],
    ['that has expired does not', false, { ...CA, notAfter: new Date(NOW - 60_000) }],
    [
      'with name constraints does not',
      false,
      { ...CA, extensions: [new x509.Extension('2.5.29.30', true, new Uint8Array([0x30, 0]))] },
    ],
    [
      'with name constraints that are not critical does not',
      false,
      { ...CA, extensions: [new x509.Extension('2.5.29.30', false, new Uint8Array([0x30, 0]))] },
    ],
    ['with a path length of 0 may have leaves', true, { ...CA, pathLength: 0 }],
  ])('%s', async (_, expected, shape) => {
    const intermediate = await root.sign(named('intermediate', shape))
    const leaf = await intermediate.sign(clientShape('alice'))
    expect(trusted(leaf, [intermediate], [root])).toBe(expected)
  })

  it('with a path length of 0 may have no other below it', async () => {
    const upper = await root.sign(named('upper', { ...CA, pathLength: 0 }))
    const lower = await upper.sign(named('lower', CA))
    const leaf = await lower.sign(clientShape('alice'))
    expect(trusted(leaf, [lower, upper], [root])).toBe(false)
    expect(trusted(leaf, [lower], [upper])).toBe(false)
    expect(trusted(leaf, [], [lower])).toBe(true)
  })

  it('is not needed when it stands in the bundle, whatever stands above it', async () => {
    const intermediate = await root.sign(named('intermediate', CA))
    expect(trusted(await intermediate.sign(clientShape('alice')), [], [intermediate])).toBe(true)
  })

  it('of another root does not help', async () => {
    const other = await makeRoot('root')
    const intermediate = await other.sign(named('intermediate', CA))
    const leaf = await intermediate.sign(clientShape('alice'))
    expect(trusted(leaf, [intermediate, other], [root])).toBe(false)
  })
})

describe('chains', () => {
  it('a root with the right name and another key vouches for nobody', async () => {
    const impostor = await makeRoot('root')
    expect(trusted(await impostor.sign(clientShape('alice')), [impostor], [root])).toBe(false)
    expect(trusted(await impostor.sign(clientShape('alice')), [], [root, impostor])).toBe(true)
  })

  it('a self-signed leaf is trusted only when the bundle has that very certificate', async () => {
    const leaf = await selfSigned(clientShape('root'))
    expect(trusted(leaf, [leaf], [root])).toBe(false)
    expect(trusted(leaf, [], [leaf])).toBe(true)
  })

  it('a root that is no authority vouches for nobody', async () => {
    const notAuthority = await selfSigned(named('plain', { authority: false }))
    expect(trusted(await notAuthority.sign(clientShape('alice')), [], [notAuthority])).toBe(false)
  })

  it('an expired root vouches for nobody', async () => {
    const old = await makeRoot('old', { notAfter: new Date(NOW - 60_000) })
    expect(trusted(await old.sign(clientShape('alice')), [], [old, root])).toBe(false)
  })

  it('hold only while all their certificates are valid', async () => {
    const intermediate = await root.sign(named('intermediate', { ...CA, notAfter: new Date(NOW + DAY_MS) }))
    const leaf = await intermediate.sign(clientShape('alice'))
    const chains = findChains(read(leaf), [read(intermediate)], [read(root)], 'client')
    expect([-2 * DAY_MS, 0, 2 * DAY_MS].map((later) => holdsAt(chains, NOW + later))).toEqual([false, true, false])
  })

  it('lead past an authority that the bundle has twice, of which one has expired', async () => {
    const keys = await makeRoot('twice', { notAfter: new Date(NOW - 60_000) })
    const renewed = await keys.renew({ subject: [{ CN: ['twice'] }], authority: true })
    const leaf = await keys.sign(clientShape('alice'))
    expect(trusted(leaf, [], [keys, renewed])).toBe(true)
    expect(trusted(leaf, [], [keys])).toBe(false)
  })

  it('go through a certificate by which one authority vouches for another', async () => {
    const other = await makeRoot('other')
    const crossSigned = await root.certify(other, { subject: [{ CN: ['other'] }], authority: true })
    const leaf = await other.sign(clientShape('alice'))
    expect(trusted(leaf, [other, crossSigned], [root])).toBe(true)
    expect(trusted(leaf, [other], [root])).toBe(false)
  })

  it('for servers are other ones than for clients', async () => {
    const forServers = await root.sign({ ...clientShape('node-1'), extendedKeyUsages: [SERVER_AUTH] })
    const forClients = await root.sign(clientShape('alice'))
    const holds = (leaf: Made, purpose: Purpose) => findChains(read(leaf), [], [read(root)], purpose).length > 0
    expect([holds(forServers, 'server'), holds(forClients, 'server')]).toEqual([true, false])
    expect([holds(forServers, 'client'), holds(forClients, 'client')]).toEqual([false, true])
  })
})

describe('a CA that was renewed with its key', () => {
  const keyId = (hex: string) => new x509.SubjectKeyIdentifierExtension(hex.repeat(20))
  const issuerKeyId = (hex: string) => new x509.AuthorityKeyIdentifierExtension(hex.repeat(20))

  it.each<[string, x509.Extension[], x509.Extension[]]>([
    ['and has another key identifier', [keyId('bb')], [issuerKeyId('aa')]],
    ['and has no key identifier any more', [], [issuerKeyId('aa')]],
    ['and has a key identifier now', [keyId('bb')], []],
  ])('%s is believed, as by Go', async (_, ofCa, ofLeaf) => {
    const old = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
    const renewed = await old.renew({ subject: [{ CN: ['kubernetes'] }], authority: true, extensions: ofCa })
    const leaf = await old.sign({ ...clientShape('alice'), extensions: ofLeaf })
    expect(trusted(leaf, [], [renewed])).toBe(true)
    expect(trusted(leaf, [old], [renewed])).toBe(true)
  })

  it('with another key is not, whatever its key identifier', async () => {
    const old = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
    const other = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
    const leaf = await old.sign({ ...clientShape('alice'), extensions: [issuerKeyId('aa')] })
    expect(trusted(leaf, [], [other])).toBe(false)
  })
})

describe('what a stranger shows', () => {
  const verify = vi.spyOn(X509Certificate.prototype, 'verify')
  beforeEach(() => void verify.mockClear())
  const checks = () => verify.mock.calls.length

  it('costs no signature check when it leads to no root by its names', async () => {
    const unknown = await makeRoot('unknown')
    const intermediate = await unknown.sign(named('intermediate', CA))
    const leaf = await intermediate.sign(clientShape('alice'))
    expect(trusted(leaf, [intermediate, unknown], [root])).toBe(false)
    expect(checks()).toBe(0)
  })

  it('is verified with keys of ours only, when it claims to come from us', async () => {
    const impostor = await makeRoot('root')
    const intermediate = await impostor.sign(named('intermediate', CA))
    const leaf = await intermediate.sign(clientShape('alice'))
    expect(trusted(leaf, [intermediate, impostor], [root])).toBe(false)
    const key = read(root).x509.publicKey
    expect(verify.mock.calls.map(([used]) => used.equals(key))).toEqual([true, true])
  })

  it('costs a bounded number of signature checks, however many look-alikes of authorities there are', async () => {
    const roots = await Promise.all(Array.from({ length: 12 }, () => makeRoot('root')))
    const lookAlikes = await Promise.all(Array.from({ length: 15 }, () => selfSigned(named('root', CA))))
    const leaf = await lookAlikes[0]?.sign(clientShape('alice'))
    if (leaf === undefined) throw new Error('no certificate')
    expect(trusted(leaf, lookAlikes, [...roots, root])).toBe(false)
    expect(checks()).toBe(MAX_SIGNATURE_CHECKS)
  })

  it('is looked at a bounded number of times when our own authorities vouch for each other in a ring', async () => {
    const shape = named('ring', CA)
    const ring = await Promise.all(Array.from({ length: 15 }, () => selfSigned(shape)))
    const [first] = ring
    if (first === undefined) throw new Error('no certificate')
    // Each of one key, so that all vouch for all.
    const same = await Promise.all(Array.from({ length: 15 }, () => first.renew(shape)))
    const leaf = await root.sign(clientShape('alice'))
    const stranger = await first.sign(clientShape('mallory'))
    expect(cpuMilliseconds(() => void trusted(stranger, same, [first]))).toBeLessThan(300)
    expect(trusted(leaf, same, [root])).toBe(true)
  })

  it('is not verified with a key that is too large, though we vouched for it', () => {
    const key = enormousKey()
    const subject = commonName('large')
    const info = spkiOf(key)
    const certificate = (fields: Partial<Fields>) =>
      readCertificate(new X509Certificate(rawCertificate(info, { rest: [extensions(authority)], ...fields })))
    const large = certificate({ subject, issuer: subject })
    const leaf = certificate({ issuer: subject, rest: [] })
    expect(findChains({ ...leaf, keyFault: undefined }, [], [large], 'client')).toEqual([])
    expect(findChains(leaf, [], [leaf], 'client')).toEqual([])
    expect(checks()).toBe(0)
  })
})
