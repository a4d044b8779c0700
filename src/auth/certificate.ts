import type { X509Certificate } from 'node:crypto'
import { childrenOf, contentOf, DerError, type DerElement, objectIdentifierOf, TAG, textOf } from './der.ts'
import { type Extensions, readExtensions } from './extensions.ts'

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
  /** Whether it was signed with an algorithm that is still held to be sound. */
  readonly soundSignature: boolean
}

const RSA_PSS = '1.2.840.113549.1.1.10'
/** RSA and ECDSA with SHA-256, -384, -512, and Ed25519: what Go's crypto/x509 verifies; MD5 and SHA-1 it refuses. */
const SOUND_SIGNATURES = new Set([
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
function pssHashIsSound(parameters: DerElement | undefined): boolean {
  const hash = childrenOf(parameters).find((element) => element.tag === 0xa0)
  return hash !== undefined && SHA_2.has(objectIdentifierOf(childrenOf(childrenOf(hash, 0xa0)[0])[0]))
}

function isSound(algorithm: DerElement | undefined): boolean {
  const [type, parameters] = childrenOf(algorithm)
  const name = objectIdentifierOf(type)
  return SOUND_SIGNATURES.has(name) || (name === RSA_PSS && pssHashIsSound(parameters))
}

function attributesOf(name: DerElement | undefined): NameAttribute[] {
  return childrenOf(name).flatMap((part) =>
    childrenOf(part, TAG.set).map((attribute) => {
      const [type, value] = childrenOf(attribute)
      return { type: objectIdentifierOf(type), value: textOf(value) }
    }),
  )
}

/**
 * Reads a certificate's own bytes: the printed subject cannot be taken apart without guessing, and Node does not tell
 * path lengths and critical extensions.
 * @throws DerError when it is not to be understood.
 */
export function readCertificate(x509: X509Certificate): Certificate {
  const [outer] = childrenOf({ tag: TAG.sequence, content: x509.raw, whole: x509.raw })
  const [tbs, algorithm] = childrenOf(outer)
  const fields = childrenOf(tbs)
  const explicitVersion = fields[0]?.tag === 0xa0 ? fields.shift() : undefined
  const version = explicitVersion === undefined ? 1 : versionOf(explicitVersion)
  const [, , issuer, , subject] = fields
  if (issuer === undefined || subject === undefined) throw new DerError('a certificate has no names')
  return {
    x509,
    version,
    issuer: issuer.whole,
    subject: subject.whole,
    attributes: attributesOf(subject),
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
    soundSignature: isSound(algorithm),
    ...readExtensions(fields.find((field) => field.tag === 0xa3)),
  }
}

function versionOf(element: DerElement): number {
  const content = contentOf(childrenOf(element, 0xa0)[0], TAG.integer)
  if (content.length !== 1) throw new DerError('a certificate has an unknown version')
  return (content[0] ?? 0) + 1
}
