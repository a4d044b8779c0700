import {
  bitsOf,
  childrenOf,
  DerError,
  type DerElement,
  naturalOf,
  objectIdentifierOf,
  readElement,
  TAG,
} from './der.ts'

/** Go's crypto/tls since CVE-2023-29409; public authorities use 4096. */
export const MAX_RSA_BITS = 8192
/** OpenSSL takes up to 64 bits for long moduli and any number for short ones; everybody uses 65537. */
export const MAX_EXPONENT_BITS = 32

const RSA = '1.2.840.113549.1.1.1'
const EC = '1.2.840.10045.2.1'
const ED25519 = '1.3.101.112'
/** P-224, P-256, P-384 and P-521, with the octets of a coordinate. */
const CURVES = new Map([
  ['1.3.132.0.33', 28],
  ['1.2.840.10045.3.1.7', 32],
  ['1.3.132.0.34', 48],
  ['1.3.132.0.35', 66],
])

const bitLength = (octets: Buffer): number => (octets.length - 1) * 8 + (32 - Math.clz32(octets[0] ?? 0))

/** @throws DerError for what is no RSA key. */
function rsaFault(parameters: DerElement | undefined, key: Buffer): string | undefined {
  if (parameters === undefined || parameters.whole.toString('hex') !== '0500') {
    throw new DerError('an RSA key has no NULL for parameters')
  }
  const [modulus, exponent] = childrenOf(readElement(key)).map(naturalOf)
  if (modulus === undefined || exponent === undefined) throw new DerError('an RSA key is cut short')
  const [bits, exponentBits] = [bitLength(modulus), bitLength(exponent)]
  if (bits === 0 || exponentBits === 0) throw new DerError('an RSA key is zero')
  if (bits > MAX_RSA_BITS) return `its RSA key has ${bits} bits, more than ${MAX_RSA_BITS}`
  if (exponentBits <= MAX_EXPONENT_BITS) return undefined
  return `the exponent of its RSA key has ${exponentBits} bits, more than ${MAX_EXPONENT_BITS}`
}

/** @throws DerError for what is no key of a known curve. */
function ecFault(parameters: DerElement | undefined, key: Buffer): string | undefined {
  // A curve that is written out, or by another name, would cost what it likes.
  const coordinate = parameters?.tag === TAG.objectIdentifier && CURVES.get(objectIdentifierOf(parameters))
  if (!coordinate) return 'its key is of a curve other than P-224, P-256, P-384 and P-521'
  if (key.length !== 2 * coordinate + 1 || key[0] !== 4)
    throw new DerError('the point of an EC key is not uncompressed')
  return undefined
}

/**
 * Why nothing is to be verified with the public key of a certificate: it is so large that a stranger could buy much time
 * with it, or of a kind that Go's crypto/x509 does not verify with. `undefined` for keys that may be used.
 * @param info SubjectPublicKeyInfo
 * @throws DerError when it is malformed.
 */
export function keyFaultOf(info: DerElement | undefined): string | undefined {
  const [algorithm, subjectPublicKey] = childrenOf(info)
  const [type, parameters] = childrenOf(algorithm)
  const kind = objectIdentifierOf(type)
  const { octets, unused } = bitsOf(subjectPublicKey)
  if (unused !== 0) throw new DerError('a public key has unused bits')
  if (kind === RSA) return rsaFault(parameters, octets)
  if (kind === EC) return ecFault(parameters, octets)
  if (kind !== ED25519) return 'its key is neither RSA nor ECDSA nor Ed25519'
  if (parameters !== undefined || octets.length !== 32) throw new DerError('an Ed25519 key is malformed')
  return undefined
}
