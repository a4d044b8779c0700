import type { X509Certificate } from 'node:crypto'
import {
  bitsOf,
  booleanOf,
  childrenOf,
  contentOf,
  type DerElement,
  DerError,
  naturalOf,
  objectIdentifierOf,
  readElement,
  smallNumberOf,
  TAG,
  textOf,
  timeOf,
} from './der.ts'

/** What a certificate may be used for, by its extensions (RFC 5280, section 4.2). */
interface Extensions {
  readonly isAuthority: boolean
  /** How many intermediates may stand below this one; `undefined`: any number. */
  readonly pathLength: number | undefined
  /** Its key usage, if it names any, lets it sign certificates. */
  readonly maySignCertificates: boolean
  /** Object identifiers; `undefined` when the certificate is not limited to any. */
  readonly extendedKeyUsages: readonly string[] | undefined
  /** Which key is its own and which its issuer's: hints, and no proof. */
  readonly subjectKeyId: Buffer | undefined
  readonly authorityKeyId: Buffer | undefined
  /**
   * It has a critical extension that is not understood here, or limits names, which is not evaluated: it can be no part
   * of any chain.
   */
  readonly hasUnsupportedCriticalExtension: boolean
}

const SUBJECT_KEY_ID = '2.5.29.14'
const KEY_USAGE = '2.5.29.15'
const ALTERNATIVE_NAMES = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const NAME_CONSTRAINTS = '2.5.29.30'
const AUTHORITY_KEY_ID = '2.5.29.35'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const AUTHORITY_ACCESS = '1.3.6.1.5.5.7.1.1'
/** May be critical: beside what is read here, revocation points and policies, neither of which bears on an identity. */
const UNDERSTOOD = new Set([
  KEY_USAGE,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
  ALTERNATIVE_NAMES,
  '2.5.29.31',
  '2.5.29.32',
])
/** Go refuses a certificate with one of these marked critical, as RFC 5280 forbids it. */
const NEVER_CRITICAL = new Set([SUBJECT_KEY_ID, AUTHORITY_KEY_ID, AUTHORITY_ACCESS])

interface Extension {
  readonly type: string
  readonly critical: boolean
  readonly value: Buffer
}

function readExtension(element: DerElement): Extension {
  const parts = childrenOf(element)
  const type = objectIdentifierOf(parts[0])
  const critical = parts.length === 3 && booleanOf(parts[1])
  if (parts.length < 2 || parts.length > 3) throw new DerError('an extension is malformed')
  if (critical && NEVER_CRITICAL.has(type)) throw new DerError('an extension is critical that must not be')
  return { type, critical, value: contentOf(parts.at(-1), TAG.octetString) }
}

function basicConstraintsOf(value: Buffer | undefined): Pick<Extensions, 'isAuthority' | 'pathLength'> {
  const parts = value === undefined ? [] : childrenOf(readElement(value))
  const isAuthority = parts[0]?.tag === TAG.boolean && booleanOf(parts.shift())
  const pathLength = parts.length === 0 ? undefined : smallNumberOf(parts.shift())
  if (parts.length > 0) throw new DerError('basic constraints are malformed')
  return { isAuthority, pathLength }
}

/** keyCertSign is the sixth bit. A key usage of no bits limits nothing, as in Go. */
function maySign(value: Buffer | undefined): boolean {
  const octets = value === undefined ? Buffer.alloc(0) : bitsOf(readElement(value)).octets
  return octets.every((octet) => octet === 0) || ((octets[0] ?? 0) & 0x04) !== 0
}

/** Names by mail, DNS and URI are ASCII, addresses have 4 or 16 octets; others are let pass, and not understood. */
function knowsAlternativeNames(value: Buffer): boolean {
  const names = childrenOf(readElement(value))
  for (const { tag, content } of names) {
    const isText = tag === 0x81 || tag === 0x82 || tag === 0x86
    const isWellFormed = tag === 0x87 ? content.length === 4 || content.length === 16 : !isText || isAscii(content)
    if (!isWellFormed) throw new DerError('an alternative name is malformed')
  }
  return names.some(({ tag }) => [0x81, 0x82, 0x86, 0x87].includes(tag))
}

const isAscii = (content: Buffer): boolean => content.every((octet) => octet < 0x80)

function keyIdsOf(values: ReadonlyMap<string, Buffer>): Pick<Extensions, 'subjectKeyId' | 'authorityKeyId'> {
  const subject = values.get(SUBJECT_KEY_ID)
  const authority = values.get(AUTHORITY_KEY_ID)
  const [first] = authority === undefined ? [] : childrenOf(readElement(authority))
  return {
    subjectKeyId: subject && contentOf(readElement(subject), TAG.octetString),
    authorityKeyId: first?.tag === 0x80 ? first.content : undefined,
  }
}

/**
 * @param wrapper the `[3] EXPLICIT` element of a certificate that holds its extensions, if it has any. @throws DerError
 */
function readExtensions(wrapper: DerElement | undefined): Extensions {
  const list = wrapper === undefined ? [] : childrenOf(readElement(contentOf(wrapper, 0xa3))).map(readExtension)
  const values = new Map(list.map(({ type, value }) => [type, value]))
  if (values.size !== list.length) throw new DerError('a certificate has an extension twice')
  const extendedKeyUsage = values.get(EXTENDED_KEY_USAGE)
  const names = values.get(ALTERNATIVE_NAMES)
  const ignoresNames = names !== undefined && !knowsAlternativeNames(names)
  const isUnsupported = ({ type }: Extension) => !UNDERSTOOD.has(type) || (type === ALTERNATIVE_NAMES && ignoresNames)
  return {
    ...basicConstraintsOf(values.get(BASIC_CONSTRAINTS)),
    ...keyIdsOf(values),
    maySignCertificates: maySign(values.get(KEY_USAGE)),
    extendedKeyUsages: extendedKeyUsage && childrenOf(readElement(extendedKeyUsage)).map(objectIdentifierOf),
    hasUnsupportedCriticalExtension:
      values.has(NAME_CONSTRAINTS) || list.some((one) => one.critical && isUnsupported(one)),
  }
}

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
 * Why nothing is to be verified with the public key of a certificate: it is so large that a stranger could buy much
 * time with it, or of a kind that Go's crypto/x509 does not verify with. `undefined` for keys that may be used.
 * @param info SubjectPublicKeyInfo
 * @throws DerError when it is malformed.
 */
function keyFaultOf(info: DerElement | undefined): string | undefined {
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

interface NameAttribute {
  /** Object identifier of the attribute's type, dotted. */
  readonly type: string
  readonly value: string
}

/** What has to be known of a certificate to build chains with it and to name who holds it. */
export interface Certificate extends Extensions {
  readonly x509: X509Certificate
  /** 1, 2 or 3. */
  readonly version: number
  /** The issuer's and the subject's names, DER: two names are the same when their bytes are. */
  readonly issuer: Buffer
  readonly subject: Buffer
  /** The subject's attributes in their order, those of multi-valued parts one after the other. */
  readonly attributes: readonly NameAttribute[]
  /** Milliseconds since the epoch, both inclusive. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Why its public key is not used to verify anything; `undefined`: it may be. */
  readonly keyFault: string | undefined
  /** Whether it was signed with an algorithm that is still held to be sound. */
  readonly hasAcceptedSignature: boolean
}

const RSA_PSS = '1.2.840.113549.1.1.10'
/** RSA and ECDSA with SHA-256, -384, -512, and Ed25519: what Go's crypto/x509 verifies; MD5 and SHA-1 it refuses. */
const ACCEPTED_SIGNATURES = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
])
const SHA_2 = new Set(['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3'])

/** RSA-PSS names its hash in its parameters; left out it is SHA-1 (RFC 4055). */
function hasSha2(pssParameters: DerElement | undefined): boolean {
  const hash = childrenOf(pssParameters).find((element) => element.tag === 0xa0)
  return hash !== undefined && SHA_2.has(objectIdentifierOf(childrenOf(readElement(hash.content))[0]))
}

function isAccepted(algorithm: DerElement | undefined): boolean {
  const [type, parameters] = childrenOf(algorithm)
  const name = objectIdentifierOf(type)
  return ACCEPTED_SIGNATURES.has(name) || (name === RSA_PSS && hasSha2(parameters))
}

function attributesOf(name: DerElement | undefined): NameAttribute[] {
  return childrenOf(name).flatMap((part) =>
    childrenOf(part, TAG.set).map((attribute) => {
      const [type, value, ...others] = childrenOf(attribute)
      if (others.length > 0) throw new DerError('an attribute of a name has more than one value')
      return { type: objectIdentifierOf(type), value: textOf(value) }
    }),
  )
}

function versionOf(element: DerElement | undefined): number {
  const version = element === undefined ? 0 : smallNumberOf(readElement(element.content))
  if (version > 2) throw new DerError('a certificate has an unknown version')
  return version + 1
}

/** What follows the public key; what has no place there by the certificate's version is refused. */
function extensionsOf(rest: readonly DerElement[], version: number): Extensions {
  const last = rest.at(-1)
  const wrapper = last?.tag === 0xa3 && version === 3 ? last : undefined
  const ids = (wrapper === undefined ? rest : rest.slice(0, -1)).map(({ tag }) => tag).join()
  const isKnown = ids === '' || (version > 1 && ['129', '130', '129,130'].includes(ids))
  if (!isKnown) throw new DerError('a certificate has more fields than its version has')
  return readExtensions(wrapper)
}

/**
 * Reads a certificate's own bytes, by the rules of Go's crypto/x509 ParseCertificate: the printed subject cannot be
 * taken apart without guessing, and Node.js does not report path lengths, critical extensions, and what OpenSSL lets
 * pass.
 * @throws DerError when it is malformed.
 */
export function readCertificate(x509: X509Certificate): Certificate {
  const [tbs, algorithm, signature, ...others] = childrenOf(readElement(x509.raw))
  if (others.length > 0) throw new DerError('a certificate has more than three parts')
  bitsOf(signature)
  const fields = childrenOf(tbs)
  const version = versionOf(fields[0]?.tag === 0xa0 ? fields.shift() : undefined)
  const [serial, innerAlgorithm, issuer, validity, subject, key, ...rest] = fields
  if (issuer === undefined || subject === undefined) throw new DerError('a certificate has no names')
  naturalOf(serial)
  if (algorithm === undefined || !innerAlgorithm?.whole.equals(algorithm.whole)) {
    throw new DerError('a certificate names two algorithms for its signature')
  }
  attributesOf(issuer)
  const [notBefore, notAfter] = childrenOf(validity)
  return {
    x509,
    version,
    issuer: issuer.whole,
    subject: subject.whole,
    attributes: attributesOf(subject),
    notBeforeMs: timeOf(notBefore),
    notAfterMs: timeOf(notAfter),
    keyFault: keyFaultOf(key),
    hasAcceptedSignature: isAccepted(algorithm),
    ...extensionsOf(rest, version),
  }
}
