import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/auth/certificate.ts'
import { findChains, holdsAt } from '../../src/auth/chain.ts'
import { clientShape, type Made, makeRoot, SERVER_AUTH, type Shape, selfSigned } from '../support/certificate-maker.ts'

const DAY_MS = 86_400_000
const NOW = Date.now()
const CA: Partial<Shape> = { authority: true }
const { keyCertSign, digitalSignature } = x509.KeyUsageFlags

const read = (made: Made) => readCertificate(new X509Certificate(made.certPem))
const trusted = (leaf: Made, intermediates: Made[], roots: Made[]): boolean =>
  holdsAt(findChains(read(leaf), intermediates.map(read), roots.map(read)), NOW)

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
    const chains = findChains(read(leaf), [read(intermediate)], [read(root)])
    expect([-2 * DAY_MS, 0, 2 * DAY_MS].map((later) => holdsAt(chains, NOW + later))).toEqual([false, true, false])
  })

  it('a client that shows a hundred look-alikes costs a bounded number of signature checks', async () => {
    const lookAlikes = await Promise.all(Array.from({ length: 30 }, () => selfSigned(named('loop', CA))))
    const [signer] = lookAlikes
    if (signer === undefined) throw new Error('no certificate')
    const leaf = await signer.sign(clientShape('alice', []))
    const begin = performance.now()
    expect(trusted(leaf, lookAlikes, [root])).toBe(false)
    expect(performance.now() - begin).toBeLessThan(1000)
  })
})
