import {
  bitsOf,
  booleanOf,
  childrenOf,
  contentOf,
  type DerElement,
  DerError,
  objectIdentifierOf,
  readElement,
  smallNumberOf,
  TAG,
} from './der.ts'

/** What a certificate's extensions say of what it may be used for (RFC 5280, section 4.2). */
export interface Extensions {
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

/** @param wrapper the `[3] EXPLICIT` element of a certificate that holds its extensions, if it has any. @throws DerError */
export function readExtensions(wrapper: DerElement | undefined): Extensions {
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
