import 'reflect-metadata'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import * as x509 from '@peculiar/x509'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { authoritiesOf } from '../../src/tls/ca-bundle.ts'
import { serverCertificateFault } from '../../src/tls/peer-certificates.ts'
import { CLIENT_AUTH, type Made, makeRoot, SERVER_AUTH, type Shape, selfSigned } from '../support/certificate-maker.ts'
import { enormousKey, namedChain, pemOf, rawCertificate } from '../support/raw-certificate.ts'

const DAY_MS = 86_400_000
const CA: Partial<Shape> = { authority: true }
const EXPIRED: Partial<Shape> = { notAfter: new Date(Date.now() - 60_000) }
const keyId = (hex: string) => new x509.SubjectKeyIdentifierExtension(hex.repeat(20))
const issuerKeyId = (hex: string) => new x509.AuthorityKeyIdentifierExtension(hex.repeat(20))
const unknownCritical = new x509.Extension('1.2.3.4.5', true, new Uint8Array([5, 0]))
/** Lets names under example.com pass, and no other. */
const onlyExampleCom = new x509.Extension(
  '2.5.29.30',
  true,
  Buffer.from('3011a00f300d820b6578616d706c652e636f6d', 'hex'),
)

const named = (name: string, rest: Partial<Shape> = {}): Shape => ({ subject: [{ CN: [name] }], ...rest })
const server = (rest: Partial<Shape> = {}): Shape => named('node-1', { extendedKeyUsages: [SERVER_AUTH], ...rest })
const host = (name: string) => new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

interface Shown {
  readonly certPem: string
  readonly keyPem: string
}

/** What is wrong with a server that shows these, for a client with this CA file. */
async function faultOf(shown: Shown, caPem: string | undefined, wallMs = Date.now()) {
  const listening = tls.createServer({ cert: shown.certPem, key: shown.keyPem }, (socket) =>
    socket.on('error', () => {}),
  )
  await once(listening.listen(0, '127.0.0.1'), 'listening')
  const { port } = listening.address() as AddressInfo
  const ca = caPem === undefined ? {} : { ca: caPem }
  const unproven = { rejectUnauthorized: false, checkServerIdentity: () => undefined, allowPartialTrustChain: true }
  const socket = tls.connect({ port, host: '127.0.0.1', ...unproven, ...ca })
  open.push(
    () => socket.destroy(),
    () => listening.close(),
  )
  await once(socket, 'secureConnect')
  return serverCertificateFault(socket, authoritiesOf(caPem), wallMs)
}

const withChain = (leaf: Made, ...others: Made[]): Shown => ({
  certPem: [leaf, ...others].map(({ certPem }) => certPem).join(''),
  keyPem: leaf.keyPem,
})

let root: Made
let other: Made
beforeAll(async () => {
  root = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
  other = await makeRoot('other')
})

describe.each([
  ['under the CA as it was', 'aa'],
  ['under the CA renewed with its key and another key identifier', 'bb'],
])('a server %s', (_, identifier) => {
  let caPem: string
  beforeAll(async () => {
    const shape = named('kubernetes', { ...CA, extensions: [keyId(identifier)] })
    caPem = identifier === 'aa' ? root.certPem : (await root.renew(shape)).certPem
  })
  const child = (shape: Partial<Shape> = {}): Partial<Shape> => ({
    ...shape,
    extensions: [issuerKeyId('aa'), ...(shape.extensions ?? [])],
  })

  it.each<[string, boolean, Partial<Shape>]>([
    ['is believed', true, {}],
    ['for servers and clients is believed', true, { extendedKeyUsages: [SERVER_AUTH, CLIENT_AUTH] }],
    ['for no usage in particular is believed', true, { extendedKeyUsages: [] }],
    ['for clients only is not', false, { extendedKeyUsages: [CLIENT_AUTH] }],
    ['that has expired is not', false, EXPIRED],
    ['that is not valid yet is not', false, { notBefore: new Date(Date.now() + 60_000) }],
    ['with a critical extension that nobody knows is not', false, { extensions: [unknownCritical] }],
    ['signed with SHA-1 is not', false, { signatureHash: 'SHA-1' }],
  ])('%s', async (_name, expected, shape) => {
    const leaf = await root.sign(server(child(shape)))
    expect((await faultOf(leaf, caPem)) === undefined).toBe(expected)
  })

  it.each<[string, boolean, Partial<Shape>]>([
    ['is believed', true, CA],
    ['with a path length of 0 is believed', true, { ...CA, pathLength: 0 }],
    ['that has expired is not', false, { ...CA, ...EXPIRED }],
    ['that is no authority is not', false, { authority: false }],
    ['without basic constraints is not', false, {}],
    ['that may not sign certificates is not', false, { ...CA, keyUsage: x509.KeyUsageFlags.digitalSignature }],
    ['for clients only is not', false, { ...CA, extendedKeyUsages: [CLIENT_AUTH] }],
    ['with a critical extension that nobody knows is not', false, { ...CA, extensions: [unknownCritical] }],
    ['that allows other names only is not', false, { ...CA, extensions: [onlyExampleCom] }],
  ])('by an intermediate %s', async (_name, expected, shape) => {
    const intermediate = await root.sign(named('intermediate', child(shape)))
    const leaf = await intermediate.sign(server({ extensions: [host('node-1')] }))
    expect((await faultOf(withChain(leaf, intermediate), caPem)) === undefined).toBe(expected)
    expect((await faultOf(withChain(leaf, intermediate, root), caPem)) === undefined).toBe(expected)
  })

  it('by an intermediate that it does not show is not believed', async () => {
    const intermediate = await root.sign(named('intermediate', child(CA)))
    expect(await faultOf(await intermediate.sign(server()), caPem)).toBeDefined()
  })

  it('by two intermediates of which the upper allows none below it is not', async () => {
    const upper = await root.sign(named('upper', child({ ...CA, pathLength: 0 })))
    const lower = await upper.sign(named('lower', CA))
    expect(await faultOf(withChain(await lower.sign(server()), lower, upper), caPem)).toBeDefined()
  })

  it('by another CA is believed when this one vouches for that', async () => {
    const leaf = await other.sign(server())
    const crossSigned = await root.certify(other, named('other', child(CA)))
    expect(await faultOf(withChain(leaf, crossSigned), caPem)).toBeUndefined()
    expect(await faultOf(withChain(leaf, other, crossSigned), caPem)).toBeUndefined()
    expect(await faultOf(withChain(leaf, other), caPem)).toBeDefined()
  })

  it('by a CA of the same name and identifier, and another key, is not', async () => {
    const impostor = await makeRoot('kubernetes', { extensions: [keyId('aa')] })
    const leaf = await impostor.sign(server(child()))
    expect(await faultOf(leaf, caPem)).toBeDefined()
    expect(await faultOf(withChain(leaf, impostor), caPem)).toBeDefined()
  })

  it('is not believed any more after the end of its certificate', async () => {
    const leaf = await root.sign(server(child({ notAfter: new Date(Date.now() + DAY_MS) })))
    const foreseen = await faultOf(leaf, caPem, Date.now() + 2 * DAY_MS)
    // OpenSSL has a clock of its own.
    expect(foreseen === undefined).toBe(identifier === 'aa')
  })
})

describe('a server', () => {
  it('that still shows the expired certificate of a CA that was renewed with its key is believed', async () => {
    const expired = await root.renew(named('kubernetes', { ...CA, ...EXPIRED, extensions: [keyId('aa')] }))
    const renewed = await root.renew(named('kubernetes', { ...CA, extensions: [keyId('bb')] }))
    const leaf = await root.sign(server({ extensions: [issuerKeyId('aa')] }))
    expect(await faultOf(withChain(leaf, expired), renewed.certPem)).toBeUndefined()
    expect(await faultOf(withChain(leaf, expired), expired.certPem)).toEqual({ code: 'CERT_HAS_EXPIRED' })
  })

  it('with a certificate that signs itself is believed when the CA file has that very one', async () => {
    const mine = await selfSigned(server({ authority: true }))
    const another = await selfSigned(server({ authority: true }))
    expect(await faultOf(mine, mine.certPem)).toBeUndefined()
    expect(await faultOf(mine, another.certPem)).toBeDefined()
    expect(await faultOf(mine, root.certPem)).toBeDefined()
  })

  it('under an intermediate that is in the CA file is believed without the root', async () => {
    const intermediate = await root.sign(named('intermediate', CA))
    expect(await faultOf(await intermediate.sign(server()), intermediate.certPem)).toBeUndefined()
  })

  it('under an intermediate that allows its name only is believed, where OpenSSL finds the CA', async () => {
    const intermediate = await root.sign(named('intermediate', { ...CA, extensions: [onlyExampleCom] }))
    const leaf = await intermediate.sign(server({ extensions: [host('node-1.example.com')] }))
    expect(await faultOf(withChain(leaf, intermediate), root.certPem)).toBeUndefined()
  })

  it('under such an intermediate and a CA renewed with another identifier is believed with the old CA beside it', async () => {
    const intermediate = await root.sign(
      named('intermediate', { ...CA, extensions: [onlyExampleCom, issuerKeyId('aa')] }),
    )
    const leaf = await intermediate.sign(server({ extensions: [host('node-1.example.com')] }))
    const renewed = await root.renew(named('kubernetes', { ...CA, extensions: [keyId('bb')] }))
    const sameId = await root.renew(named('kubernetes', { ...CA, extensions: [keyId('aa')] }))
    expect(await faultOf(withChain(leaf, intermediate), renewed.certPem)).toBeDefined()
    expect(await faultOf(withChain(leaf, intermediate), renewed.certPem + root.certPem)).toBeUndefined()
    expect(await faultOf(withChain(leaf, intermediate), sameId.certPem)).toBeUndefined()
  })

  it('is not believed by a CA of ours when only the public ones are trusted', async () => {
    const leaf = await root.sign(server())
    expect(await faultOf(withChain(leaf, root), undefined)).toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  })

  it('with a key that is too large is not believed, though the CA file has its certificate', async () => {
    const key = enormousKey()
    const [certPem = ''] = namedChain(key, 1)
    const shown = { certPem, keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString() }
    expect(await faultOf(shown, certPem)).toMatchObject({
      code: 'CERT_UNACCEPTABLE',
      reason: expect.stringMatching('15636 bits'),
    })
  })

  it('that shows a certificate beside its own that Go refuses is not believed', async () => {
    const leaf = await root.sign(server())
    const { publicKey } = root.keys
    const info = Buffer.from(await crypto.subtle.exportKey('spki', publicKey))
    const negative = pemOf(rawCertificate(info, { serial: Buffer.from([2, 1, 0xff]) }))
    const shown = { certPem: leaf.certPem + negative, keyPem: leaf.keyPem }
    expect(await faultOf(shown, root.certPem)).toMatchObject({ reason: expect.stringMatching('malformed') })
  })
})
