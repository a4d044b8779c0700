import type { X509Certificate } from 'node:crypto'
import {
  bitsOf,
  childrenOf,
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
import { type Extensions, readExtensions } from './extensions.ts'
import { keyFaultOf } from './public-key.ts'

export interface NameAttribute {
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
 * Reads a certificate's own bytes, by the rules of Go's crypto/x509 ParseCertificate: the printed subject cannot be taken
 * apart without guessing, and Node does not tell path lengths, critical extensions, and what OpenSSL lets pass.
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
