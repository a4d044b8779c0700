import { generateKeyPairSync, type X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/tls/certificate.ts'
import { bitString, DerError, element, integer, objectIdentifier, octetString, sequence } from '../../src/tls/der.ts'
import {
  authority,
  BASIC_CONSTRAINTS,
  enormousKey,
  extension,
  extensions,
  type Fields,
  largeKey,
  longExponentKey,
  mersenneKey,
  NULL,
  nameOf,
  rawCertificate,
  spkiOf,
} from '../support/raw-certificate.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
const KEY = spkiOf(ec)
const EC = objectIdentifier('1.2.840.10045.2.1')
const P256 = objectIdentifier('1.2.840.10045.3.1.7')
const RSA = sequence(objectIdentifier('1.2.840.113549.1.1.1'), NULL)
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const printable = (text: string): Buffer => element(0x13, Buffer.from(text, 'latin1'))
const utcTime = (text: string): Buffer => element(0x17, Buffer.from(text))
const generalizedTime = (text: string): Buffer => element(0x18, Buffer.from(text))
const validity = (from: Buffer, to = utcTime('490101000000Z')): Partial<Fields> => ({ validity: sequence(from, to) })
const rsaKey = (...numbers: Buffer[]): Buffer => sequence(RSA, bitString(sequence(...numbers.map(integer))))
const extended = (...list: Buffer[]): Partial<Fields> => ({ rest: [extensions(...list)] })
const TRUE = element(0x01, hex('ff'))

const read = (fields: Partial<Fields> = {}, key = KEY) =>
  readCertificate({ raw: rawCertificate(key, fields) } as X509Certificate)

describe('a certificate that Go refuses to parse is refused', () => {
  it.each<[string, Partial<Fields>]>([
    ['version 4', { version: element(0xa0, integer(hex('03'))) }],
    ['a negative version', { version: element(0xa0, integer(hex('ff'))) }],
    ['two versions', { version: element(0xa0, integer(hex('02')), integer(hex('02'))) }],
    ['a negative serial number', { serial: integer(hex('ff01')) }],
    ['a serial number with a needless zero', { serial: integer(hex('0001')) }],
    ['an empty serial number', { serial: integer(hex('')) }],
    ['a PrintableString with @ in its subject', { subject: nameOf(printable('a@b')) }],
    ['a PrintableString with @ in its issuer', { issuer: nameOf(printable('a@b')) }],
    ['a PrintableString with _', { subject: nameOf(printable('a_b')) }],
    ['a NumericString with a letter', { subject: nameOf(element(0x12, Buffer.from('1a'))) }],
    ['an IA5String with a high octet', { subject: nameOf(element(0x16, hex('e9'))) }],
    ['a UTF8String that is none', { subject: nameOf(element(0x0c, hex('c328'))) }],
    ['a BMPString with a surrogate', { subject: nameOf(element(0x1e, hex('d800'))) }],
    ['a length that is longer than it has to be', { subject: hex('308100') }],
    ['a length with a leading zero', { subject: hex('30820000') }],
    ['another algorithm inside than outside', { innerAlgorithm: sequence(objectIdentifier('1.2.840.10045.4.3.2')) }],
    ['the 30th of February', validity(utcTime('240230000000Z'))],
    ['a UTCTime without a zone', validity(utcTime('240101000000'))],
    ['a UTCTime with four digits for the year', validity(utcTime('20240101000000Z'))],
    ['a GeneralizedTime with fractions', validity(generalizedTime('20240101000000.5Z'))],
    ['a GeneralizedTime without seconds', validity(generalizedTime('202401010000Z'))],
    ['a zone of +0000, which is Z', validity(utcTime('240101000000+0000'))],
    ['a BOOLEAN of 01 as critical', extended(extension(BASIC_CONSTRAINTS, sequence(), element(0x01, hex('01'))))],
    ['a BOOLEAN of two octets', extended(extension(BASIC_CONSTRAINTS, sequence(element(0x01, hex('ffff')))))],
    ['a BOOLEAN of 01 as authority', extended(extension(BASIC_CONSTRAINTS, sequence(element(0x01, hex('01')))))],
    ['a negative path length', extended(extension(BASIC_CONSTRAINTS, sequence(TRUE, integer(hex('ff')))))],
    [
      'a path length beyond all bounds',
      extended(extension(BASIC_CONSTRAINTS, sequence(TRUE, integer(hex('7fffffffff'))))),
    ],
    ['an extension twice', extended(authority, authority)],
    ['an extension without a value', extended(sequence(objectIdentifier(BASIC_CONSTRAINTS)))],
    ['a key usage with bits set that are unused', extended(extension('2.5.29.15', hex('030201ff')))],
    ['a critical subject key identifier', extended(extension('2.5.29.14', octetString(hex('aa')), TRUE))],
    ['a critical authority key identifier', extended(extension('2.5.29.35', sequence(), TRUE))],
    ['an address of five octets', extended(extension('2.5.29.17', sequence(element(0x87, hex('0102030405')))))],
    ['a DNS name with a high octet', extended(extension('2.5.29.17', sequence(element(0x82, hex('e9')))))],
    ['an object identifier with a leading zero', extended(sequence(hex('0603808101'), octetString(sequence())))],
    ['extensions in version 1', { version: Buffer.alloc(0), rest: [extensions(authority)] }],
    ['a signature with unused bits', { signature: element(0x03, hex('09ff')) }],
  ])('%s', (_, fields) => {
    expect(() => read(fields)).toThrow(DerError)
  })

  it.each<[string, Buffer]>([
    ['an RSA key without NULL', sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1')), bitString(sequence()))],
    ['an RSA key without exponent', rsaKey(hex('00ff01'))],
    ['an RSA key with a negative modulus', rsaKey(hex('ff01'), hex('010001'))],
    ['an RSA key with an exponent of zero', rsaKey(hex('00ff01'), hex('00'))],
    ['a compressed point', sequence(sequence(EC, P256), bitString(Buffer.alloc(33, 2)))],
    [
      'an Ed25519 key with parameters',
      sequence(sequence(objectIdentifier('1.3.101.112'), NULL), bitString(Buffer.alloc(32))),
    ],
    [
      'a key with unused bits',
      sequence(sequence(EC, P256), element(0x03, Buffer.concat([hex('01'), Buffer.alloc(65)]))),
    ],
  ])('%s', (_, key) => {
    expect(() => read({}, key)).toThrow(DerError)
  })
})

describe('a certificate that Go parses is read', () => {
  it.each<[string, Partial<Fields>]>([
    ['version 1, which is not written', { version: Buffer.alloc(0) }],
    ['a serial number of 0', { serial: integer(hex('00')) }],
    ['a PrintableString with * and &', { subject: nameOf(printable("*.A & B's (c), 1+1=2/3?")) }],
    ['unique identifiers', { rest: [element(0x81, hex('00aa')), element(0x82, hex('00aa'))] }],
    ['an extension that says that it is not critical', extended(extension('1.2.3', NULL, element(0x01, hex('00'))))],
  ])('%s', (_, fields) => {
    expect(read(fields).keyFault).toBeUndefined()
  })

  it.each([
    [utcTime('240229123456Z'), '2024-02-29T12:34:56.000Z'],
    [utcTime('500101000000Z'), '1950-01-01T00:00:00.000Z'],
    [utcTime('491231235959Z'), '2049-12-31T23:59:59.000Z'],
    [utcTime('2401010000Z'), '2024-01-01T00:00:00.000Z'],
    [utcTime('240101000000+0130'), '2023-12-31T22:30:00.000Z'],
    [generalizedTime('20500101000000Z'), '2050-01-01T00:00:00.000Z'],
    [generalizedTime('00010101000000Z'), '0001-01-01T00:00:00.000Z'],
  ])('with its time, %#', (from, iso) => {
    expect(new Date(read(validity(from)).notBeforeMs).toISOString()).toBe(iso)
  })

  it('with a terminated BMPString, without the terminator', () => {
    expect(read({ subject: nameOf(element(0x1e, hex('00610000'))) }).attributes[0]?.value).toBe('a')
  })

  it('with an alternative name of an unknown kind, which must not be critical', () => {
    const names = sequence(element(0x88, hex('2a03')))
    expect(read(extended(extension('2.5.29.17', names))).hasUnsupportedCriticalExtension).toBe(false)
    expect(read(extended(extension('2.5.29.17', names, TRUE))).hasUnsupportedCriticalExtension).toBe(true)
    const host = sequence(element(0x88, hex('2a03')), element(0x82, Buffer.from('a')))
    expect(read(extended(extension('2.5.29.17', host, TRUE))).hasUnsupportedCriticalExtension).toBe(false)
  })
})

describe('the public key of a certificate', () => {
  const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }).publicKey
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey
  const brainpool = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).publicKey
  const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).publicKey

  it.each([
    ['RSA of 15,636 bits', spkiOf(enormousKey()), /15636 bits, more than 8192/],
    ['RSA of 8192 bits and one', rsaKey(Buffer.concat([hex('01'), Buffer.alloc(1024)]), hex('010001')), /8193 bits/],
    ['RSA with an exponent of 33 bits', spkiOf(longExponentKey()), /exponent .* 33 bits, more than 32/],
    ['DSA', spkiOf(dsa), /neither RSA nor ECDSA nor Ed25519/],
    ['RSA-PSS alone', spkiOf(pss), /neither RSA nor/],
    ['a curve that Go does not know', spkiOf(brainpool), /curve other than/],
    ['a curve that is written out', spkiOf(explicit), /curve other than/],
  ])('%s is not to be used', (_, key, fault) => {
    expect(read({}, key).keyFault).toMatch(fault)
  })

  it.each([
    ['RSA of 7640 bits', spkiOf(largeKey())],
    ['RSA of 8192 bits', rsaKey(Buffer.concat([hex('0080'), Buffer.alloc(1023)]), hex('010001'))],
    ['RSA with an exponent of 32 bits', spkiOf(mersenneKey(4423, 3217, 0xffff_fff1n))],
    ['RSA of 2048 bits', spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['P-256', KEY],
    ['P-521', spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey)],
    ['Ed25519', spkiOf(generateKeyPairSync('ed25519').publicKey)],
  ])('%s may be used', (_, key) => {
    expect(read({}, key).keyFault).toBeUndefined()
  })
})
