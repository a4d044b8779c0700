import { childrenOf, contentOf, type DerElement, DerError, objectIdentifierOf, readElements, TAG } from './der.ts'

/** What a certificate's extensions say of what it may be used for (RFC 5280, section 4.2). */
export interface Extensions {
  readonly isAuthority: boolean
  /** How many intermediates may stand below this one; `undefined`: any number. */
  readonly pathLength: number | undefined
  /** Object identifiers; `undefined` when the certificate is not limited to any. */
  readonly extendedKeyUsages: readonly string[] | undefined
  /** It has a critical extension that is not understood here, or limits names: it can be no part of any chain. */
  readonly beyondUs: boolean
}

const KEY_USAGE = '2.5.29.15'
const BASIC_CONSTRAINTS = '2.5.29.19'
const NAME_CONSTRAINTS = '2.5.29.30'
const EXTENDED_KEY_USAGE = '2.5.29.37'
/**
 * May be critical: beside the above the key identifiers, the alternative names, revocation points and policies, none of
 * which bears on a client's identity. Name constraints are not evaluated, so a certificate with them is refused.
 */
const UNDERSTOOD = new Set([
  KEY_USAGE,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
  '2.5.29.14',
  '2.5.29.17',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.35',
])

interface Extension {
  readonly type: string
  readonly critical: boolean
  readonly value: Buffer
}

function readExtension(element: DerElement): Extension {
  const parts = childrenOf(element)
  const type = objectIdentifierOf(parts[0])
  const critical = parts.length === 3 && contentOf(parts[1], TAG.boolean)[0] !== 0
  return { type, critical, value: contentOf(parts.at(-1), TAG.octetString) }
}

function basicConstraintsOf(value: Buffer | undefined): Pick<Extensions, 'isAuthority' | 'pathLength'> {
  if (value === undefined) return { isAuthority: false, pathLength: undefined }
  const parts = childrenOf(readElements(value)[0])
  const isAuthority = parts[0]?.tag === TAG.boolean && parts[0].content[0] !== 0
  const length = parts.find((part) => part.tag === TAG.integer)?.content
  if (length !== undefined && (length.length === 0 || length.length > 4))
    throw new DerError('a path length is too large')
  return { isAuthority, pathLength: length?.readUIntBE(0, length.length) }
}

/** @param wrapper the `[3] EXPLICIT` element of a certificate that holds its extensions, if it has any. @throws DerError */
export function readExtensions(wrapper: DerElement | undefined): Extensions {
  const list = wrapper === undefined ? [] : childrenOf(childrenOf(wrapper, 0xa3)[0]).map(readExtension)
  const values = new Map(list.map(({ type, value }) => [type, value]))
  if (values.size !== list.length) throw new DerError('a certificate has an extension twice')
  const extendedKeyUsage = values.get(EXTENDED_KEY_USAGE)
  return {
    ...basicConstraintsOf(values.get(BASIC_CONSTRAINTS)),
    extendedKeyUsages:
      extendedKeyUsage && childrenOf(readElements(extendedKeyUsage)[0]).map((usage) => objectIdentifierOf(usage)),
    beyondUs: values.has(NAME_CONSTRAINTS) || list.some(({ type, critical }) => critical && !UNDERSTOOD.has(type)),
  }
}
