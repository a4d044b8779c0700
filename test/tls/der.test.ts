import fc from 'fast-check'
import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/tls/certificate.ts'
import { DerError, objectIdentifierOf, readElements, textOf } from '../../src/tls/der.ts'
import { clientShape, makeRoot } from '../support/certificate-maker.ts'

const element = (hex: string) => readElements(Buffer.from(hex, 'hex'))[0]

describe('DER', () => {
  it.each([
    ['06032a0304', '1.2.3.4'],
    ['0603550403', '2.5.4.3'],
    ['0603883703', '2.999.3'],
    ['06082b06010505070302', '1.3.6.1.5.5.7.3.2'],
    ['06092b0601040183c25302', '1.3.6.1.4.1.57683.2'],
  ])('%s is the object identifier %s', (hex, dotted) => {
    expect(objectIdentifierOf(element(hex))).toBe(dotted)
  })

  it.each([
    ['UTF-8', '0c03e4b8ad', '中'],
    ['printable', '130161', 'a'],
    ['T.61 as Latin-1', '1401fc', 'ü'],
    ['BMP', '1e044e2d0061', '中a'],
  ])('text in %s', (_, hex, text) => {
    expect(textOf(element(hex))).toBe(text)
  })

  it.each([
    ['broken UTF-8', () => textOf(element('0c01ff'))],
    ['a printable string with high bits', () => textOf(element('1301fc'))],
    ['half a BMP character', () => textOf(element('1e0161'))],
    ['a number as text', () => textOf(element('020101'))],
    ['an open object identifier', () => objectIdentifierOf(element('060188'))],
    ['an empty object identifier', () => objectIdentifierOf(element('0600'))],
    ['an endless length', () => element('308000')],
    ['a length beyond the end', () => element('3005aa')],
    ['a length of five octets', () => element('30850000000001aa')],
    ['a tag alone', () => element('30')],
    ['a long tag', () => element('1f8101aa')],
  ])('%s is refused', (_, run) => {
    expect(run).toThrow(DerError)
  })
})

describe('a certificate that was tampered with', () => {
  let raw: Buffer
  beforeAll(async () => {
    const root = await makeRoot('root')
    raw = new X509Certificate((await root.sign(clientShape('alice', ['dev']))).certPem).raw
  })

  it('is read or refused with a DerError, whatever byte was changed', () => {
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.nat(255), (at, octet) => {
        const bytes = Buffer.from(raw)
        bytes[at] = octet
        const dates = { validFromDate: new Date(0), validToDate: new Date(0) }
        try {
          readCertificate({ raw: bytes, ...dates } as X509Certificate)
        } catch (error) {
          expect(error).toBeInstanceOf(DerError)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
