import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import {
  bitString,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from '../../src/tls/der.ts'

const DAY_MS = 86_400_000
export const NULL = Buffer.from([5, 0])
export const BASIC_CONSTRAINTS = '2.5.29.19'
const SHA256_RSA = sequence(objectIdentifier('1.2.840.113549.1.1.11'), NULL)

/** A name of one part. @param value an element, such as a PrintableString */
export const nameOf = (value: Buffer): Buffer => sequence(set(sequence(objectIdentifier('2.5.4.3'), value)))
export const commonName = (text: string): Buffer => nameOf(utf8String(text))
export const extension = (type: string, value: Buffer, critical?: Buffer): Buffer =>
  sequence(objectIdentifier(type), ...(critical === undefined ? [] : [critical]), octetString(value))
export const authority: Buffer = extension(BASIC_CONSTRAINTS, sequence(element(0x01, Buffer.from([0xff]))))
export const spkiOf = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ type: 'spki', format: 'der' })

/** The fields of a certificate, DER, to be written as they are, right or wrong. */
export interface Fields {
  readonly version: Buffer
  readonly serial: Buffer
  readonly algorithm: Buffer
  readonly innerAlgorithm: Buffer
  readonly issuer: Buffer
  readonly validity: Buffer
  readonly subject: Buffer
  readonly key: Buffer
  /** What follows the key. */
  readonly rest: readonly Buffer[]
  readonly signature: Buffer
}

export const extensions = (...list: readonly Buffer[]): Buffer => element(0xa3, sequence(...list))

/** The bytes of a certificate whose signature proves nothing. */
export function rawCertificate(key: Buffer, fields: Partial<Fields> = {}): Buffer {
  const now = Date.now()
  const algorithm = fields.algorithm ?? SHA256_RSA
  const tbs = sequence(
    fields.version ?? element(0xa0, integer(Buffer.from([2]))),
    fields.serial ?? integer(Buffer.concat([Buffer.from([0x40]), randomBytes(7)])),
    fields.innerAlgorithm ?? algorithm,
    fields.issuer ?? commonName('nobody'),
    fields.validity ?? sequence(time(now - DAY_MS), time(now + DAY_MS)),
    fields.subject ?? commonName('somebody'),
    key,
    ...(fields.rest ?? []),
  )
  return sequence(tbs, algorithm, fields.signature ?? bitString(randomBytes(256)))
}

export const pemOf = (raw: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

/** Certificates of one key, each naming the next as its issuer, the last naming nobody that there is. */
export function namedChain(key: KeyObject, length: number, lastIssuer = 'nobody'): string[] {
  const info = spkiOf(key)
  const octets = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 2048) / 8)
  return Array.from({ length }, (_, i) => {
    const issuer = commonName(i + 1 < length ? `chain-${i + 1}` : lastIssuer)
    const rest = i === 0 ? [] : [extensions(authority)]
    // Of the modulus's length and less than it, so that it is worked on.
    const signature = bitString(Buffer.concat([Buffer.from([1]), randomBytes(octets - 1)]))
    return new X509Certificate(
      rawCertificate(info, { issuer, subject: commonName(`chain-${i}`), rest, signature }),
    ).toString()
  })
}

const octetsOf = (n: bigint): Buffer => {
  const digits = n.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}
const base64url = (n: bigint): string => octetsOf(n).toString('base64url')

function inverse(a: bigint, modulus: bigint): bigint | undefined {
  let [r, next, s, nextS] = [a, modulus, 1n, 0n]
  while (next !== 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[s, nextS] = [nextS, s - quotient * nextS]
  }
  return r === 1n ? ((s % modulus) + modulus) % modulus : undefined
}

/**
 * An RSA key of two Mersenne primes, 2^p-1 and 2^q-1, which nobody has to search for: a real one of 16,384 bits takes
 * minutes to make.
 * @param exponent the next one that fits is taken
 */
export function mersenneKey(p: number, q: number, exponent: bigint): KeyObject {
  const [first, second] = [(1n << BigInt(p)) - 1n, (1n << BigInt(q)) - 1n]
  for (let e = exponent; ; e += 2n) {
    const d = inverse(e, (first - 1n) * (second - 1n))
    const qi = inverse(second, first)
    if (d === undefined || qi === undefined) continue
    const [dp, dq] = [d % (first - 1n), d % (second - 1n)]
    const numbers = { n: first * second, e, d, p: first, q: second, dp, dq, qi }
    const jwk = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, base64url(value)]))
    return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
  }
}

/** 15,636 bits, with an exponent of 64: as much as OpenSSL takes. */
export const enormousKey = (): KeyObject => mersenneKey(11_213, 4423, 0xffff_ffff_ffff_fff1n)
/** 7640 bits and 65537. */
export const largeKey = (): KeyObject => mersenneKey(4423, 3217, 65_537n)
/** 7640 bits, with an exponent of 33. */
export const longExponentKey = (): KeyObject => mersenneKey(4423, 3217, 0x1_0000_0001n)
