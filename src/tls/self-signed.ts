import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { bitString, element, integer, objectIdentifier, octetString, sequence, set, time, utf8String } from './der.ts'
import type { KeyPair } from './key-pair.ts'

interface SelfSignedRequest {
  /** DNS names and IP addresses to be valid for. */
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly nowMs: number
}

const HOUR_MS = 3_600_000
const SELF_SIGNED_LIFETIME_MS = 365 * 24 * HOUR_MS
const ECDSA_WITH_SHA256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'))
const VERSION_3 = element(0xa0, integer(Buffer.from([2])))
/** An uncompressed point of P-256, the end of its SubjectPublicKeyInfo. */
const POINT_LENGTH = 65

/** The 16 octets of an IPv6 address; the URL parser writes all forms of one as hexadecimal groups. */
function ipv6Octets(address: string): Buffer {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string | undefined) => (text ? text.split(':').map((group) => group.padStart(4, '0')) : [])
  const before = groups(head)
  const after = groups(tail)
  const zeros = Array<string>(8 - before.length - after.length).fill('0000')
  return Buffer.from([...before, ...zeros, ...after].join(''), 'hex')
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return element(0x87, Buffer.from(name.split('.').map(Number)))
  return isIPv6(name) ? element(0x87, ipv6Octets(name)) : element(0x82, Buffer.from(name, 'latin1'))
}

function extension(type: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [element(0x01, Buffer.from([0xff]))] : []
  return sequence(objectIdentifier(type), ...flag, octetString(value))
}

function extensionsFor(names: readonly string[], publicKey: Buffer): Buffer {
  const keyIdentifier = createHash('sha256').update(publicKey.subarray(-POINT_LENGTH)).digest().subarray(0, 20)
  return element(
    0xa3,
    sequence(
      extension('2.5.29.19', true, sequence()),
      // KeyUsage: digitalSignature, the first bit; seven are unused.
      extension('2.5.29.15', true, element(0x03, Buffer.from([7, 0x80]))),
      extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, sequence(...[...new Set(names)].map(generalName))),
      extension('2.5.29.14', false, octetString(keyIdentifier)),
    ),
  )
}

/** Between 2^126 and 2^127: positive, of full length, and not to be guessed. */
function serialNumber(): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return integer(serial)
}

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`

/**
 * Makes a self-signed serving certificate: EC P-256, for a year, from an hour ago so that clocks may differ (as
 * client-go's GenerateSelfSignedCertKey does, and under the same common name). Written out here, because loading a
 * library for one certificate of one shape keeps 24 MB of memory for the life of the process.
 */
export function makeSelfSigned({ names, nowMs }: SelfSignedRequest): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subjectPublicKey = publicKey.export({ type: 'spki', format: 'der' })
  const commonName = sequence(objectIdentifier('2.5.4.3'), utf8String(`localhost@${Math.floor(nowMs / 1000)}`))
  const name = sequence(set(commonName))
  const notBeforeMs = nowMs - HOUR_MS
  const toBeSigned = sequence(
    VERSION_3,
    serialNumber(),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(notBeforeMs), time(notBeforeMs + SELF_SIGNED_LIFETIME_MS)),
    name,
    subjectPublicKey,
    extensionsFor(names, subjectPublicKey),
  )
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(sign('sha256', toBeSigned, privateKey)))
  return {
    certPem: pem('CERTIFICATE', certificate),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
