/** Bytes that are not the DER that was expected of them. */
export class DerError extends Error {
  override readonly name = 'DerError'
}

/** One element of DER: its tag octet, and its content without tag and length. */
export interface DerElement {
  readonly tag: number
  readonly content: Buffer
  /** Tag, length and content, as they stood. */
  readonly whole: Buffer
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const

function lengthAt(bytes: Buffer, at: number): { length: number; contentAt: number } {
  const first = bytes[at]
  if (first === undefined) throw new DerError('an element ends before its length')
  if (first < 0x80) return { length: first, contentAt: at + 1 }
  const octets = first & 0x7f
  if (octets === 0 || octets > 4 || at + 1 + octets > bytes.length) throw new DerError('a length is not DER')
  return { length: bytes.readUIntBE(at + 1, octets), contentAt: at + 1 + octets }
}

/**
 * The elements that follow one another in `bytes` and fill them exactly (X.690, with one-octet tags and definite
 * lengths, which is all that certificates use).
 * @throws DerError when they do not.
 */
export function readElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0
    if ((tag & 0x1f) === 0x1f) throw new DerError('a tag is longer than one octet')
    const { length, contentAt } = lengthAt(bytes, at + 1)
    const end = contentAt + length
    if (end > bytes.length) throw new DerError('an element is cut short')
    elements.push({ tag, content: bytes.subarray(contentAt, end), whole: bytes.subarray(at, end) })
    at = end
  }
  return elements
}

/** The content's elements of an element that must have `tag`. @throws DerError */
export function childrenOf(element: DerElement | undefined, tag: number = TAG.sequence): DerElement[] {
  return readElements(contentOf(element, tag))
}

/** The content of an element that must have `tag`. @throws DerError */
export function contentOf(element: DerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new DerError(`expected tag ${tag}, found ${element?.tag ?? 'nothing'}`)
  return element.content
}

/** An object identifier in dotted form. @throws DerError */
export function objectIdentifierOf(element: DerElement | undefined): string {
  const arcs: number[] = []
  let arc = 0
  let open = false
  for (const octet of contentOf(element, TAG.objectIdentifier)) {
    arc = arc * 128 + (octet & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerError('an object identifier is too large')
    open = octet >= 0x80
    if (open) continue
    arcs.push(arc)
    arc = 0
  }
  const [first, ...rest] = arcs
  if (first === undefined || open) throw new DerError('an object identifier is cut short')
  const root = Math.min(Math.floor(first / 40), 2)
  return [root, first - root * 40, ...rest].join('.')
}

const isAscii = (bytes: Buffer): boolean => bytes.every((octet) => octet < 0x80)

function bigEndianUtf16(bytes: Buffer): string {
  if (bytes.length % 2 !== 0) throw new DerError('a BMPString has half a character')
  return Buffer.from(bytes).swap16().toString('utf16le')
}

/**
 * A string of the kinds that names are written in. T.61 is read as Latin-1, as Go's crypto/x509 does.
 * @throws DerError for other kinds and for bytes that the kind does not allow.
 */
export function textOf(element: DerElement | undefined): string {
  const content = element?.content ?? Buffer.alloc(0)
  switch (element?.tag) {
    case 0x0c: {
      const text = content.toString('utf8')
      if (!Buffer.from(text, 'utf8').equals(content)) throw new DerError('a UTF8String is not UTF-8')
      return text
    }
    case 0x12:
    case 0x13:
    case 0x16:
      if (!isAscii(content)) throw new DerError('a string has characters that its kind does not allow')
      return content.toString('latin1')
    case 0x14:
      return content.toString('latin1')
    case 0x1e:
      return bigEndianUtf16(content)
    default:
      throw new DerError('a name has a value that is no string')
  }
}
